"""A family's pages behind one link."""
