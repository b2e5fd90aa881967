"""Cases: a counsellor's work with one child, with encrypted notes."""
