"""The page of what has changed since the beginning, for a school and for a county."""
