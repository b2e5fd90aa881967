"""What a letter to another institution or from one is: its rows, its states and what it may contain."""
