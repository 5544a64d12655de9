"""What browsers see: the request pages, the live check, how to trust the certifier."""
