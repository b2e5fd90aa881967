"""Changes of care, and the yearly look at a family's details."""
