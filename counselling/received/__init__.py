"""Letters that another school of the county has sent here, online."""
