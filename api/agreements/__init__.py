"""What a system may do only while a colleague with the post for it agrees."""
