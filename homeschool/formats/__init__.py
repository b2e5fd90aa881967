"""How dates are written where Django's own format is misleading (settings.FORMAT_MODULE_PATH)."""
