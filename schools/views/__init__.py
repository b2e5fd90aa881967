"""Pages of a school that show what several parts of this room know: settings, staff, requests to agree to."""
