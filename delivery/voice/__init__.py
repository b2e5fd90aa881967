"""Calls that speak and hear a key: what they say, and where somebody is in one."""
