"""Reports of suspected harm by a counsellor of another school, from a case that they keep."""
