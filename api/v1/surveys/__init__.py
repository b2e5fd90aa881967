"""Rounds of questions: how far they are, and answers for a study."""
