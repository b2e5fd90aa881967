"""Confirmations that the list of people with access is right."""
