"""The part that a bundle's install.sh runs on a server: keys, database, units, upgrade.

It needs only the standard library.
"""
