"""Meetings and lessons, without names."""
