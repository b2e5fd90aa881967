"""Who is on duty when: the roster that tells the escalation ladder whom to call."""
