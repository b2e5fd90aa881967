"""Giving somebody a post: at once, or as an offer until everybody who has to agree has done so."""
