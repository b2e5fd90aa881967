import re
import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.phones import PhoneField, mobile_in, parsed
from schools.appointing.actions import account_named
from schools.appointing.forms import SIGN_IN_REFUSED
from schools.forms import Plain
from schools.founding.actions import Named

CODE_LETTERS = re.compile(r"[A-Za-z0-9-]{1,20}")


def _plain(written: str, letters: int) -> str:
    """Return the text with full-width characters replaced by ordinary ones and with single spaces.

    One character may become several.
    """
    plain = " ".join(unicodedata.normalize("NFKC", written).split())
    if not plain or len(plain) > letters:
        raise forms.ValidationError(_("Please use a shorter text with ordinary characters."))
    return plain


class NamedForm(Plain, forms.Form):
    """The person who is to get a post. For a new person we need a phone or e-mail, to notify them."""

    name = forms.CharField(label=_("name"), max_length=60)
    username = forms.CharField(
        label=_("phone or staff number"), max_length=150, help_text=_("They sign in with it.")
    )
    phone = PhoneField(label=_("their own mobile phone"), max_length=40, required=False)
    email = forms.EmailField(
        label=_("their own e-mail"),
        max_length=254,
        required=False,
        help_text=_(
            "We tell them about the post this way. Leave both empty for somebody who already works"
            " with Jiaqiao, or who signs in with their mobile number."
        ),
    )

    def clean_username(self) -> str:
        return _plain(self.cleaned_data["username"], 150)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        username = cleaned.get("username", "")
        known = account_named(username)
        if known is not None:
            # Do not reveal who else owns the account, or that it belongs to a family.
            is_theirs = known.name == cleaned.get("name") and known.is_active
            is_staff = known.posts.exists() or known.post_offers.exclude(county=None).exists()
            if not (is_theirs and is_staff):
                self.add_error("username", SIGN_IN_REFUSED)
            cleaned["username"] = known.username
        is_reached = cleaned.get("phone") or cleaned.get("email") or mobile_in(username)
        works_here = known is not None and known.posts.exists()
        if username and not is_reached and not works_here and not self.errors:
            self.add_error("phone", _("Enter their phone or their e-mail."))
        return cleaned

    def named(self) -> Named:
        said = self.cleaned_data
        phone = said["phone"] or mobile_in(said["username"])
        return Named(said["name"], said["username"], phone, said["email"])


class SchoolOfCountyForm(Plain, forms.Form):
    """The details a school needs in order to exist; its administrator enters everything else."""

    school_name = forms.CharField(label=_("name of the school"), max_length=80)
    code = forms.CharField(
        label=_("school code"),
        max_length=20,
        help_text=_("As the bureau writes it. It does not change later."),
    )
    duty_phone = forms.CharField(
        label=_("duty phone"),
        max_length=20,
        required=False,
        help_text=_("Families and pupils see it. The school can add it later."),
    )

    def clean_school_name(self) -> str:
        return _plain(self.cleaned_data["school_name"], 80)

    def clean_code(self) -> str:
        """Treat full-width digits and letters as the same code."""
        code = _plain(self.cleaned_data["code"], 20)
        if not CODE_LETTERS.fullmatch(code):
            raise forms.ValidationError(_("Letters, digits and hyphens only."))
        return code

    def clean_duty_phone(self) -> str:
        written = self.cleaned_data["duty_phone"].strip()
        if written:
            parsed(written)
        return written
