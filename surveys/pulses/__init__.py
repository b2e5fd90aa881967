"""Short questions that come back: how a child felt this week, how a carer is."""
