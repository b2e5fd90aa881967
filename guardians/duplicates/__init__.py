"""Two records of one person: found, merged, taken apart again."""
