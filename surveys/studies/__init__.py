"""Answers of a round for somebody outside the school: for what, and whose family agrees."""
