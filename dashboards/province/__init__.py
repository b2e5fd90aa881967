"""What a province's officer sees on a hub: what counties have published, and nothing else."""
