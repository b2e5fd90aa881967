"""Letters to other places and from them."""
