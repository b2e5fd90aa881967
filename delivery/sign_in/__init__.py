"""What a family signs in with: codes, links, slips, phones."""
