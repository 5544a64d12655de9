"""What every window is built from: dialogs, wizards, jobs, errors, theme."""
