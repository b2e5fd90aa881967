"""The part that a bundle's install.sh runs on a server: keys, database, units, upgrade. Standard library
only.
"""
