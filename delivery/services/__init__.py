"""Services that the environment names for the words and voices of families: on the county's own servers."""
