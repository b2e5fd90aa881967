"""Actions that an administrator cannot do alone, and the second person who has to agree."""
