"""A colleague reminds a class teacher of a family on the board."""
