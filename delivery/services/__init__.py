"""Services for families' messages and voices that the environment names, on the county's own servers."""
