"""Frozen dataclasses without input or output: the words that all other packages share."""
