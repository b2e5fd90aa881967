"""What a message about school life opens without signing in: good news, the week of a class."""
