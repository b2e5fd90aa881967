"""Whom the school may invite to speak, and when their record was last looked up."""
