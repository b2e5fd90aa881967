"""Sentences in the local dialect: recorded by somebody whom families know, and played instead
of a machine.
"""
