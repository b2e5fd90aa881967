"""Receipts of ledgers with children's names that went to an office."""
