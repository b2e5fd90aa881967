"""Files of a case, made anew and encrypted."""
