"""The audit log as it is listed and exported."""
