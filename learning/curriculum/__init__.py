"""The lessons of classes: which class has which lesson in which week of the term, and whether it was held."""
