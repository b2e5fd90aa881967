"""Rounds, results and forms as text for the reader: for staff, families, and a child at a tablet."""
