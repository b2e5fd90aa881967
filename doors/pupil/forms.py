from typing import Any, cast

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from core.codes import CodeField
from postcards.forms import VoiceForm
from safeguarding.models import Concern
from students.pictures import PICTURES, PICTURES_IN_CODE
from uploads.actions import key_of_form

CODE_CHARACTERS = 12
AFTERWARDS = ("postcards", "postcard", "things", "file")


class SignInForm(forms.Form):
    """One tap on a picture: the pictures tapped before, and this one."""

    class_code = CodeField(
        max_length=CODE_CHARACTERS,
        validators=[RegexValidator(r"^[0-9]+$", _("Only digits, please."))],
        error_messages={
            "required": _("Enter the digits first."),
            "max_length": _("That is too long. Look at the digits again."),
        },
    )
    picked = forms.CharField(required=False, max_length=60)
    pick = forms.ChoiceField(choices=[(key, key) for key in PICTURES], required=False)
    again = forms.BooleanField(required=False)
    # The page to open after the child has tapped its pictures again, since another child may sit there by
    # now.
    to = forms.ChoiceField(choices=[(name, name) for name in AFTERWARDS], required=False)

    def clean_picked(self) -> list[str]:
        """Return the pictures tapped so far; drop anything that is not a picture."""
        picked = [key for key in self.cleaned_data["picked"].split("-") if key in PICTURES]
        return picked[: PICTURES_IN_CODE - 1]

    def pictures(self) -> list[str]:
        """Return all pictures tapped, including this tap."""
        if self.cleaned_data["again"]:
            return []
        return [*self.cleaned_data["picked"], *filter(None, [self.cleaned_data.get("pick")])]


class TellForm(forms.Form):
    """The questions common to every way to an adult: whom to tell, and the child's own words."""

    person = forms.ChoiceField(
        error_messages={"required": _("Choose someone."), "invalid_choice": _("Choose someone.")}
    )
    words = forms.CharField(
        max_length=500,
        required=False,
        error_messages={
            "max_length": _("That is very long. Please write less; you can tell the rest.")
        },
    )
    key = forms.CharField(max_length=36)

    def __init__(self, *args, people: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["person"]).choices = people

    @property
    def act_key(self) -> str:
        """Return a key for exactly what the child tells from this page (uploads.actions.key_of_form)."""
        return str(key_of_form(self.cleaned_data))


class TalkForm(TellForm):
    when = forms.ChoiceField(
        choices=[("now", ""), ("soon", ""), ("today", "")],
        error_messages={"required": _("Choose when."), "invalid_choice": _("Choose when.")},
    )
    field_order = ("person", "when", "words", "key")


class HurtForm(TellForm):
    """Somebody hurts the child. The child need not say who."""

    hurt_by = forms.ChoiceField(choices=Concern.HurtBy.choices, required=False)


class ClassmateForm(TellForm):
    """Another child needs help: a classmate, or somebody described in words."""

    classmate = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    when = forms.ChoiceField(
        choices=[("now", ""), ("today", "")],
        error_messages={"required": _("Choose when."), "invalid_choice": _("Choose when.")},
    )

    def __init__(self, *args, classmates: list[tuple[int, str]], **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["classmate"]).choices = classmates

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not said.get("classmate") and not said.get("words") and not self.errors:
            raise forms.ValidationError(_("Choose a name, or write who it is."))
        return said


class PostcardForm(VoiceForm):
    """The recording and its recipient: one parent, given by key, or all of them."""

    to = forms.ChoiceField(
        error_messages={
            "required": _("Choose who it is for."),
            "invalid_choice": _("Choose who it is for."),
        }
    )

    def __init__(self, *args, choices: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["to"]).choices = choices


class TalkedForm(forms.Form):
    """The answer about one parent: today, yesterday, or not this week."""

    TODAY, YESTERDAY, NOT_YET = "today", "yesterday", "not_yet"
    adult = forms.TypedChoiceField(coerce=int)
    answer = forms.ChoiceField(choices=[(TODAY, ""), (YESTERDAY, ""), (NOT_YET, "")])

    def __init__(self, *args, adults: list[int], **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["adult"]).choices = [(pk, "") for pk in adults]


class MoodForm(forms.Form):
    """One of five faces, from 1 (very happy) to 5 (sad)."""

    mood = forms.TypedChoiceField(
        coerce=int,
        choices=[(number, "") for number in range(1, 6)],
        error_messages={"required": _("Choose a face."), "invalid_choice": _("Choose a face.")},
    )


class WordForm(forms.Form):
    """The pupil's own yes or no."""

    GIVEN, REFUSED = "given", "refused"
    decision = forms.ChoiceField(
        choices=[(GIVEN, ""), (REFUSED, "")],
        error_messages={
            "required": _("Please tap one of the two answers."),
            "invalid_choice": _("Please tap one of the two answers."),
        },
    )


class TransferWordForm(WordForm):
    """Yes or no to the transfer of a file; `transfer` is the one that the page showed."""

    transfer = forms.IntegerField(widget=forms.HiddenInput)
