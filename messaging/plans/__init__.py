"""When and how often the parents of a child are asked."""
