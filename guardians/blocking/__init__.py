"""Keeping people away from a child."""
