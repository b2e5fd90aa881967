"""Changes of care, and the yearly check of a family's details."""
