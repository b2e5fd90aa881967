"""Referrals: letters to other places and from them."""
