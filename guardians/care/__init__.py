"""Carers of a child while the parents are away, and children whom nobody cares for."""
