"""Pupils, classes and years in the format of OneRoster 1.2 (1EdTech); read only."""
