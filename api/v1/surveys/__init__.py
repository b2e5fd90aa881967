"""Rounds of questions: their progress, and answers for a study."""
