"""Results from before: a school's own sums of earlier years, read from its sheet."""
