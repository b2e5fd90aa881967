"""A school's own questions."""
