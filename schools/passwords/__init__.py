"""First passwords of staff with a slip, and new ones with the help of two people."""
