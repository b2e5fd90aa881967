"""What a school reports about its data on children, and who confirms each term who has access."""
