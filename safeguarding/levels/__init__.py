"""How soon somebody must look after a concern, as a person judged it."""
