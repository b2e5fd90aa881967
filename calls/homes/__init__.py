"""Calls at home: a carer agrees when their phone may ring for a child."""
