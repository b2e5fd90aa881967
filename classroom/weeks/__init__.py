"""The week of a class: one page for all of its families."""
