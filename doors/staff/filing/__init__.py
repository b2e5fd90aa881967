"""What a school files about the data of children, and who confirms each term who has access."""
