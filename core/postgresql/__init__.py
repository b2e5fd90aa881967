"""Django's backend for PostgreSQL, which looks more cheaply whether a kept connection is still alive."""
