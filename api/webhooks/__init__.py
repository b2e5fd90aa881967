"""Telling another system that something changed, and nothing else."""
