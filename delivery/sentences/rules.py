"""How long a recorded sentence may be. Pure."""

# Seconds; the longest sentence, read slowly, takes about forty. A call that nobody ends lasts a few minutes.
SENTENCE_SECONDS = 60
NAME_CHARS = 40  # of a sentence: its room and its step
SPEAKER_CHARS = 40
