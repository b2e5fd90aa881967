"""A page of the family read aloud by the server, for phones that have no voice."""
