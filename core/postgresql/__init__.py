"""Django's backend for PostgreSQL, with a cheaper check of whether a persistent connection still works."""
