"""Receipts of ledgers with children's names that were sent to an office."""
