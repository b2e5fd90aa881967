"""What ends by itself: who is kept back from it, and what went."""
