"""What a user interface shows and asks: drafts, rows, words, the guide. No Qt, and nothing here writes."""
