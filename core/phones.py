"""Parse a phone number as people write it into E.164, or say why it is not one."""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from django import forms
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumberFormat

CHINA = 86  # calling code
MOBILE_DIGITS = 11  # digits of a mainland mobile number
# Most numbers on a page. The library's own parsing takes 20 µs, more than the row it is in.
MOBILE = re.compile(r"(?:\+86)?(1[3-9]\d)(\d{4})(\d{4})", re.ASCII)


@dataclass(frozen=True)
class Phone:
    """A parsed phone number.

    `address` is E.164; if it is empty, `problem` says why: empty, letters, too_short, too_long, not_a_number.
    """

    address: str
    problem: str = ""

    @property
    def is_good(self) -> bool:
        return not self.problem


def parse_phone(text: object, region: str = "CN") -> Phone:
    """Parse full-width digits, separators, 0086, and cells that a spreadsheet turned into a float.

    Several numbers in one cell are not guessed at: split them first. Foreign numbers need their "+" or "00".
    """
    written = _plain(text)
    if not written:
        return Phone("", "empty")
    if any(character.isalpha() for character in written):
        return Phone("", "letters")
    try:
        number = phonenumbers.parse(written, region)
    except NumberParseException as error:
        short = (NumberParseException.TOO_SHORT_NSN, NumberParseException.TOO_SHORT_AFTER_IDD)
        if error.error_type in short:
            return Phone("", "too_short")
        is_long = error.error_type == NumberParseException.TOO_LONG
        return Phone("", "too_long" if is_long else "not_a_number")
    if phonenumbers.is_valid_number(number):
        return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    reason = phonenumbers.is_possible_number_with_reason(number)
    is_mobile = region == "CN" and written.startswith("1") and written.isdigit()
    if is_mobile and len(written) != MOBILE_DIGITS:
        return Phone("", "too_short" if len(written) < MOBILE_DIGITS else "too_long")
    if reason in (
        phonenumbers.ValidationResult.TOO_SHORT,
        phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY,
    ):
        return Phone("", "too_short")
    if reason == phonenumbers.ValidationResult.TOO_LONG:
        return Phone("", "too_long")
    return Phone("", "not_a_number")


def mobile_in(text: str) -> str:
    """Return E.164 if the text is a mainland mobile number as people sign in with, else ""."""
    phone = parse_phone(text)
    national = phone.address.removeprefix("+86")
    is_mobile = len(national) == MOBILE_DIGITS and national.startswith("1")
    return phone.address if phone.is_good and is_mobile else ""


def problem_words(problem: str, written: str = "") -> str:
    """Return the problem as a sentence for the field; with `written`, it says how many digits there are."""
    digits = sum(map(str.isdigit, unicodedata.normalize("NFKC", written)))
    if problem in ("too_short", "too_long") and written.strip().startswith("1"):
        return _("This has %(count)d digits; a mobile number has %(right)d.") % {
            "count": digits,
            "right": MOBILE_DIGITS,
        }
    return {
        "empty": _("there is no number"),
        "letters": _("this is not a number"),
        "too_short": _("the number is too short"),
        "too_long": _("the number is too long, or there are two in one"),
    }.get(problem, _("there is no such number"))


class PhoneField(forms.CharField):
    """A number as people write it, cleaned to E.164; every form uses this field."""

    widget = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})

    def prepare_value(self, value):
        """Show a number on record in the same format as on the page."""
        return readable(value) if value else value

    def clean(self, value):
        written = super().clean(value)
        return parsed(written) if written else ""


def parsed(written: str) -> str:
    """Return E.164; raise ValidationError with the reason."""
    phone = parse_phone(written)
    if phone.problem:
        raise forms.ValidationError(problem_words(phone.problem, written), code=phone.problem)
    return phone.address


def readable(address: str) -> str:
    """Return +8613893510001 or 13893510001 as 138 9351 0001, and +869355112233 as 0935 511 2233; a number
    from elsewhere with its country code.
    """
    if mobile := MOBILE.fullmatch(address):
        return " ".join(mobile.groups())
    try:
        number = phonenumbers.parse(address, None if address.startswith("+") else "CN")
    except NumberParseException:
        return address
    if number.country_code == CHINA and len(str(number.national_number)) == MOBILE_DIGITS:
        digits = str(number.national_number)
        return f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    if not address.startswith("+"):
        return address  # a landline of the school or a short number: as written
    is_here = number.country_code == CHINA
    how = PhoneNumberFormat.NATIONAL if is_here else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, how)


def on_one_line(address: str) -> str:
    """Return the same as `readable`, for running text: people misdial a number that is broken across two
    lines.
    """
    return readable(address).replace(" ", "\N{NO-BREAK SPACE}")


def _plain(text: object) -> str:
    """Return half-width characters without separators; "13893510001.0" and "1.3893510001E10" become
    digits.
    """
    written = unicodedata.normalize("NFKC", str(text if text is not None else "")).strip()
    try:
        if "." in written or "e" in written.lower():
            as_float = float(written)
            if as_float.is_integer():
                written = str(int(as_float))
    except (ValueError, OverflowError):
        pass
    kept = "".join(c for c in written if not c.isspace() and c not in "-–—－()._·/")
    return "+" + kept[2:] if kept.startswith("00") else kept
