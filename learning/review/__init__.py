"""The yearly review for the county: staffing, lessons of classes and families, trainings; only counts."""
