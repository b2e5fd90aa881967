"""Incoming data: providers' reports, and messages that families send on their own initiative."""
