"""The week of a class: one page for all its families."""
