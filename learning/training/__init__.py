"""What training members of staff have had: entered by themselves, or by the administrator."""
