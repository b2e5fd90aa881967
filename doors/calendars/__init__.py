"""Calendars to which a phone subscribes."""
