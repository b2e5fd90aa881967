"""What comes in: reports of providers and what families write by themselves."""
