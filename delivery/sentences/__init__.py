"""Sentences in the speech of the place: recorded by somebody families know, heard instead of a machine."""
