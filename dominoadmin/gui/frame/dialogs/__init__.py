"""What dialogs are built from, beside their forms."""
