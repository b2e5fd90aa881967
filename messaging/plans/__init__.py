"""Plans for when and how often we ask the parents of a child."""
