"""Pages about school life that a message opens without signing in: good news and the week of a class."""
