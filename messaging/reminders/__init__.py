"""A colleague reminds a class teacher of what waits on the board."""
