"""Who confirmed when that the list of those with access is right."""
