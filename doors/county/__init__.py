"""The help desk of a county: which school waits for what, in steps and never in children."""
