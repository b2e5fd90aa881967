"""Words of the school that another system may send to families; a colleague answers for them."""
