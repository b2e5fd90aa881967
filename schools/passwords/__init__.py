"""How a member of staff comes to a first password by a slip, and to a new one with the help of two people."""
