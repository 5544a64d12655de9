"""Groups of labelled editors; wizards and dialogs share them."""
