"""How dates are written where Django's own way misleads (settings.FORMAT_MODULE_PATH)."""
