"""Calls between children and parents, told by the exchange of the school's phone."""
