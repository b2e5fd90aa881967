"""Date formats, where Django's own are misleading (settings.FORMAT_MODULE_PATH)."""
