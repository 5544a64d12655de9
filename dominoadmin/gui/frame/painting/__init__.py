"""What is painted from the palette: pills and cards. Style sheets would take longer at the start."""
