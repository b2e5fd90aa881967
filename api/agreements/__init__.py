"""Rights of a system that hold only while an authorised colleague agrees."""
