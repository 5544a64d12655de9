"""The data that a user interface shows and edits: drafts, rows, labels, the guide. No Qt, and nothing here writes."""
