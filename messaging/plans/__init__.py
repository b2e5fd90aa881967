"""When and how often we ask the parents of a child."""
