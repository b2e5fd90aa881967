"""The state of sending, and what only a person can settle."""
