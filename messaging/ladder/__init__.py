"""A school's ladder: its steps, waits and dates."""
