"""How somebody comes to a post: given at once, or offered until those whose word it needs have given it."""
