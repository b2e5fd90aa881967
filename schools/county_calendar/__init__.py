"""Terms and days that a county sets for all its schools."""
