"""Calls at home: a carer agrees on times when their phone may ring for a child."""
