"""The end of storage: what is deleted after how long, whose data is held back, and what was deleted."""
