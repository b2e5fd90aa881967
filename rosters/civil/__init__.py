"""Compare the civil affairs office's list of left-behind children with the school's own files."""
