"""How staff get a first password with a slip, and a new one with the help of two people."""
