"""What counties have published, carried to the county's window, and from there to the province's hub."""
