"""Calls between children and parents, reported by the school's telephone system."""
