"""A ledger with children's names leaves as an encrypted file, and a receipt stays behind."""
