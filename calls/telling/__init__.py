"""A child asks for an adult by the keys of a telephone, at the school's phone or at home."""
