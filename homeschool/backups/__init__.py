"""Backups of the whole installation, and what a restore does before anything is sent."""
