"""What other systems of a school or county read and write, by tokens."""
