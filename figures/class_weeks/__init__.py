"""What a class's week came to: counted once when it is over, and kept."""
