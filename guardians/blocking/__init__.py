"""Who may not come near a child."""
