"""The audit log for lists and exports."""
