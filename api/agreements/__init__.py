"""Rights of a system that are valid only while an authorised colleague agrees."""
