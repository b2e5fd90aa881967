"""Rounds, results and forms in the reader's words: for staff, families, and a child at a tablet."""
