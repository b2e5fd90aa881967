"""The first version of our own addresses."""
