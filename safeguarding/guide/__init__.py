"""What to do, in which order, while a child may hurt itself now."""
