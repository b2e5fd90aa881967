"""Photos of a meeting afterwards: no child in them, and every adult in them has agreed."""
