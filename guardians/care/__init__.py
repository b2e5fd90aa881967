"""Who cares for a child while the parents are away, and when nobody does."""
