"""A class's week: counted once when it is over, and kept."""
