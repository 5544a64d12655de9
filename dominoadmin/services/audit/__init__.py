"""The audit log and its anchors."""
