"""What a class comes to today: counted when something has changed, and kept until something changes again."""
