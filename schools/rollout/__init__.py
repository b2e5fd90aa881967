"""Schools of a county that begin their weekly questions one after the other, as its officers plan it."""
