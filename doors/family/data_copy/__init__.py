"""The copy of its data that a family gets: what is in it, what is not and why, and its files."""
