"""The page of a concern, which shows its case."""
