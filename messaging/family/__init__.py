"""What somebody behind a family's link may do."""
