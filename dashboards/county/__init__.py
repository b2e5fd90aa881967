"""What an officer of the county sees: counts, never a child."""
