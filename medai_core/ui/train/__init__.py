"""Training on a table of one's own: the parts of its page."""
