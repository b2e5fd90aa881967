"""A round larger than the school can follow up, as a plan: grade by grade over the school year."""
