"""How the weekly question stands, and calls that are booked: what a machine may know of them."""
