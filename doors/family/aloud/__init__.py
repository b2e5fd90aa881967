"""The server reads a family page aloud, for phones that have no voice of their own."""
