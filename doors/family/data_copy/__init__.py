"""The copy of its data that a family can download: what is in it, what is left out and why, and its files."""
