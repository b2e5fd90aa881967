"""Reports of suspected harm."""
