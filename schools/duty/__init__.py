"""The duty roster, which tells the escalation ladder whom to call at a given moment."""
