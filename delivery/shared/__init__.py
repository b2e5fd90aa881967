"""Accounts at providers that a county gives to its schools: officers write them, each school has a copy."""
