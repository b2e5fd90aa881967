"""The interface for other systems of a school or county, which read and write with tokens."""
