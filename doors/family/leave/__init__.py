"""Asking that a child may stay away from school, at the family's door."""
