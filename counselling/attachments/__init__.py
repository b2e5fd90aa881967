"""Files of a case: re-encoded copies, encrypted."""
