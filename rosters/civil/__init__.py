"""The list of left-behind children that the civil affairs office sends, beside the school's own files."""
