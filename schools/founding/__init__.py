"""What a county's officers set up: schools, their first administrators, and other officers."""
