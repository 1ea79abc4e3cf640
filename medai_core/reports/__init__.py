"""Domain objects in, documents out."""
