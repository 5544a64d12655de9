"""The building blocks of all windows: dialogs, wizards, jobs, errors, theme."""
