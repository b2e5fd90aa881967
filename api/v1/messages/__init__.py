"""Messages to families, in texts that the school keeps for other systems."""
