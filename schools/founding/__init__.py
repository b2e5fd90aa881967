"""Setting up a county by its officers: schools, their first administrators, and other officers."""
