"""Forms to write, hand over and answer. Errors appear at their field, and no input is lost."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from guardians.models import Guardianship
from guardians.presenters import called
from students.models import Student
from threads.actions import Said
from threads.models import WORDS_AT_MOST, CallBack
from uploads.actions import key_of_form
from uploads.forms import PhotoField, VoiceField

CALL, THANKS = "call", "thanks"
MOST_QUIET_MINUTES = 14 * 60  # minutes in a day; our own choice
STALE = gettext_lazy("Please open this page again.")


class SayForm(forms.Form):
    """Text, photo, voice, or a button. The key comes from the page and counts once."""

    key = forms.UUIDField(error_messages={"required": STALE, "invalid": STALE})
    text = forms.CharField(
        required=False,
        max_length=WORDS_AT_MOST,
        error_messages={"max_length": gettext_lazy("This is too long. Say it in two messages.")},
    )
    photo = PhotoField(required=False)
    voice = VoiceField(required=False)
    quick = forms.ChoiceField(choices=[(CALL, CALL), (THANKS, THANKS)], required=False)

    def clean_text(self) -> str:
        return self.cleaned_data["text"].replace("\x00", "")

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("quick") == THANKS and not data.get("text"):
            data["text"] = _("Good, thank you")
        said = [data.get("text"), data.get("photo"), data.get("voice"), data.get("quick")]
        if not any(said) and not self.errors:
            raise forms.ValidationError(_("Write or record something first."))
        return data

    @property
    def fresh_key(self) -> UUID:
        """Return the key that was sent: a form sent again after an error is still the same action."""
        try:
            return UUID(self.data.get("key", ""))
        except ValueError:
            return uuid4()

    @property
    def said(self) -> Said:
        data = self.cleaned_data
        return Said(
            key=key_of_form(data),
            text=data["text"],
            photo=data["photo"],
            voice=data["voice"],
            wants_call=data["quick"] == CALL,
            calls_for_help=bool(data.get("help")),
        )


class BeginForm(SayForm):
    """The first message of a family: about which child, and whether the family needs help."""

    child = forms.TypedChoiceField(coerce=int, required=False, empty_value=None)
    help = forms.BooleanField(required=False)

    def __init__(self, *args, children: Sequence[Student], **kwargs):
        super().__init__(*args, **kwargs)
        self.children = {one.pk: one for one in children}
        field: Any = self.fields["child"]
        field.choices = [(one.pk, one.name) for one in children]

    @property
    def student(self) -> Student | None:
        return self.children.get(self.cleaned_data["child"])


class BeginFromSchoolForm(SayForm):
    adults = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={"required": gettext_lazy("Choose who you are writing to.")},
    )

    def __init__(self, *args, family: Sequence[Guardianship], **kwargs):
        super().__init__(*args, **kwargs)
        self.family = {held.adult_id: held.adult for held in family}
        field: Any = self.fields["adults"]
        field.choices = [(held.adult_id, called(held)) for held in family]

    @property
    def chosen(self) -> list:
        return [self.family[pk] for pk in self.cleaned_data["adults"]]


class HandOverForm(forms.Form):
    key = forms.UUIDField(error_messages={"required": STALE, "invalid": STALE})
    to = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label=gettext_lazy("To whom"),
        error_messages={"required": gettext_lazy("Choose who takes it over.")},
    )
    words = forms.CharField(label=gettext_lazy("A word about it"), required=False, max_length=300)

    def __init__(self, *args, colleagues, **kwargs):
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.queryset = colleagues


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        min_length=4,
        label=gettext_lazy("Why you need to read it"),
        error_messages={
            "required": gettext_lazy(
                "Say why: the colleague who answers this conversation sees your words."
            ),
            "min_length": gettext_lazy("Enter a longer reason."),
        },
    )


class CallBackForm(forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("What came of it"),
        choices=CallBack.Outcome,
        error_messages={"required": gettext_lazy("Choose the outcome.")},
    )
    words = forms.CharField(label=gettext_lazy("In a few words"), required=False, max_length=300)


class HoursForm(forms.Form):
    quiet_from = forms.TimeField(
        label=gettext_lazy("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label=gettext_lazy("Until"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    wants_pings = forms.BooleanField(
        label=gettext_lazy("Tell me by SMS or e-mail when a family writes"), required=False
    )

    def clean(self) -> dict[str, Any]:
        """Reject more than 14 quiet hours: somebody must have time to answer."""
        start, end = self.cleaned_data.get("quiet_from"), self.cleaned_data.get("quiet_until")
        if start is not None and end is not None:
            minutes = (end.hour - start.hour) * 60 + end.minute - start.minute
            if minutes % (24 * 60) > MOST_QUIET_MINUTES:
                self.add_error("quiet_until", _("At most 14 hours, so that families are answered."))
        return self.cleaned_data


class PhraseForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Phrases that you use often"),
        max_length=300,
        error_messages={"required": gettext_lazy("Write the words.")},
    )
    for_school = forms.BooleanField(
        label=gettext_lazy("For everybody at this school"), required=False
    )


class AssignForm(forms.Form):
    adult = forms.TypedChoiceField(
        coerce=int, error_messages={"required": gettext_lazy("Choose who sent this.")}
    )

    def __init__(self, *args, adults, **kwargs):
        super().__init__(*args, **kwargs)
        field: Any = self.fields["adult"]
        field.choices = [(one.pk, one.name) for one in adults]
