"""Plans of three: what family, school and village agreed."""
