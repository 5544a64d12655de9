"""The results of the search for everything, and the commands that it finds, in words."""
