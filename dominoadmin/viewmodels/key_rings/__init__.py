"""Key rings as they are listed and edited."""
