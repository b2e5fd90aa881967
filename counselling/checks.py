"""What `manage.py check` reports about the keys for notes."""

from django.core.checks import Error, Warning, register

from counselling import secrecy


@register()
def note_keys(app_configs, **kwargs) -> list:
    try:
        secrecy.current_key_id()
    except secrecy.NoKey:
        words = "NOTE_KEYS is not set: counselling notes can be neither written nor read."
        return [Warning(words, id="counselling.W001")]
    except secrecy.BadKey:
        words = "Each key of NOTE_KEYS is 32 bytes in URL-safe base64 (see .env.example)."
        return [Error(words, id="counselling.E001")]
    return []
