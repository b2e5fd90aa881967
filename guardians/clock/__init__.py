"""The weekly clock: the days since a parent and a child last talked, as far as anybody knows."""
