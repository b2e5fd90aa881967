"""Limits on the length of a recorded sentence. Pure."""

# Seconds. The longest sentence, read slowly, takes about forty. An abandoned call lasts a few minutes.
SENTENCE_SECONDS = 60
NAME_CHARS = 40  # of a sentence's name: its package and its step
SPEAKER_CHARS = 40
