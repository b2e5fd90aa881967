"""Pupils, classes and years as OneRoster 1.2 (1EdTech) words them; read only."""
