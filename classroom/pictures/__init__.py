"""Pictures of school life that families see, each child in them by name and with its family's yes."""
