"""Who is on duty when: the roster from which the ladder takes whom it calls at that moment."""
