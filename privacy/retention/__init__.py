"""Automatic deletion of old data: which children are exempt, and what was deleted."""
