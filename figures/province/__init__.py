"""What counties have published, carried to the province: to the county's window, and from there to the hub."""
