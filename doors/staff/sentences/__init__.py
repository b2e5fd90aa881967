"""The fixed sentences of calls and ears, which a school records in the speech of the place."""
