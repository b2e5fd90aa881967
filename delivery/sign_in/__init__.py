"""The means by which a family signs in: codes, links, slips, phones."""
