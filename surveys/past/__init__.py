"""Results from before: a school's own sums of last year, read from its sheet."""
