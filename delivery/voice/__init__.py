"""Calls that speak and hear a key: what is said, what was heard, what it cost."""
