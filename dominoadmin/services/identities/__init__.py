"""People, their IDs and their passwords."""
