"""The embedded runtime: what `./start` and `./test` do on a machine that has nothing of ours.

Everything here runs with the system's Python and its standard library, before `.venv/` exists; the
modules that need Django say so and are started as processes of their own.
"""
