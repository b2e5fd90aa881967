"""Two records of one person: finding, merging and separating them."""
