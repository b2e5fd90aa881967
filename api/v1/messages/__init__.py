"""Messages to families, in words that the school keeps for other systems."""
