"""Three things that a child wants a parent to ask: chosen, read, answered, and how the call felt."""
