"""Support plans: what family, school and village have agreed."""
