"""The end of storage: what goes after how long, who is kept back, what went."""
