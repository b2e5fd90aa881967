"""What an administrator does not do alone, and the second person who agrees."""
