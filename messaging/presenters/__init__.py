"""Check-ins in the reader's words: the family's pages, the board, tasks, the demo phone."""
