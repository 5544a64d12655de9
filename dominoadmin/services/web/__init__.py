"""Services for browsers: the request pages, the live check, instructions for trusting the certifier."""
