"""Texts of the school that another system may send to families. A colleague is responsible for each text."""
