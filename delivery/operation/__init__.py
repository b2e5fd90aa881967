"""How sending goes, and what only a person can settle."""
