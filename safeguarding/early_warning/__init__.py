"""Early warning: signals, hints and the rules a school switched on."""
