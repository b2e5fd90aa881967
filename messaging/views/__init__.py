"""Check-ins on the screen, one file per noun: the staff's pages, and a family's pages behind its link."""
