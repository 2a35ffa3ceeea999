"""Queries over many orders, beside the same over few, and beside SQL over normalised tables."""
