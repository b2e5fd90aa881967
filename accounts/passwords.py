"""The rule for passwords, in our own words, because Django's sentence has no Chinese translation."""

from django.contrib.auth import password_validation
from django.utils.translation import ngettext


class MinimumLength(password_validation.MinimumLengthValidator):
    def get_error_message(self) -> str:
        words = ngettext(
            "This is too short: a password has at least %(n)d character.",
            "This is too short: a password has at least %(n)d characters.",
            self.min_length,
        )
        return words % {"n": self.min_length}

    def get_help_text(self) -> str:
        words = ngettext("At least %(n)d character.", "At least %(n)d characters.", self.min_length)
        return words % {"n": self.min_length}


def length_rule() -> str:
    """Return the help text for a field where somebody chooses a password."""
    rules = password_validation.get_default_password_validators()
    return next((one.get_help_text() for one in rules if isinstance(one, MinimumLength)), "")
