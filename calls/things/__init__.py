"""Three things that a child wants a parent to ask: chosen, met, answered, and how the call felt."""
