"""Pictures of school life for families. Each child in a picture is named, and its family has agreed."""
