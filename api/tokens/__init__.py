"""Tokens: made by an administrator, shown once, ended at any time."""
