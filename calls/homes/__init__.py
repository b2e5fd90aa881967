"""Calls at home: whoever cares for a child agrees when their phone may ring for it."""
