"""What counties have published, copied to the county's window and from there to the province's hub."""
