"""Trainings of members of staff: entered by themselves, or by the administrator."""
