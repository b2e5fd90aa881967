"""State of the weekly question and booked calls, as far as other systems may know them."""
