"""The draft of the first start."""
