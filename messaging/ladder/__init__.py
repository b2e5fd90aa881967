"""A school's ladder: its steps, its waits, its dates."""
