"""Parts of the main window."""
