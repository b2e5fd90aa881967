"""Calls that speak and hear a key: what they say, what was heard and what they cost."""
