"""A school's year: opened with the dates of the county, which its terms may follow."""
