"""Notes about children that another system sends."""
