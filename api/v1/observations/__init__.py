"""Notes about children, sent by other systems."""
