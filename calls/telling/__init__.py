"""A child asks for an adult by pressing keys on a telephone, at the school or at home."""
