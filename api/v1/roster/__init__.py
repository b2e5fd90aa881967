"""Changes of the roster, as a job that the school's own preview shows before anything changes."""
