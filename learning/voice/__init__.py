"""Somebody of the school reads a lesson aloud; families hear that instead of a machine."""
