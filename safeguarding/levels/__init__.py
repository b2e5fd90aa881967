"""How soon a concern is looked after, as a person judged it."""
