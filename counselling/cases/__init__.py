"""Cases: a counsellor's work with one child, its notes sealed."""
