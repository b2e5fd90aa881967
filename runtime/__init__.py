"""The embedded runtime: what `./start` and `./test` do on a machine that has nothing of ours yet.

Everything here runs with the system's Python and its standard library, before `.venv/` exists. The modules
that need Django say so and are started as separate processes.
"""
