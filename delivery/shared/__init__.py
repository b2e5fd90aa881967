"""Provider accounts that a county gives to its schools: officers enter them, and each school has a copy."""
