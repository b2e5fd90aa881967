"""Changes to the roster, sent as a job that the school's own preview shows before anything changes."""
