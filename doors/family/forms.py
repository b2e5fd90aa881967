from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classroom.models import FamilyRequest
from core.phones import parse_phone
from uploads.forms import PhotoField

WORDS_AT_MOST = 400  # characters; together with the part of the file they fit a column of 500


class PhoneForm(forms.Form):
    phone = forms.CharField(
        max_length=24, error_messages={"required": gettext_lazy("Please enter your phone number.")}
    )

    def clean_phone(self) -> str:
        phone = parse_phone(self.cleaned_data["phone"])
        if phone.is_good:
            return phone.address
        problems = {
            "too_short": _("This number has a digit too few. Please check it."),
            "too_long": _("This number has a digit too many. Please check it."),
        }
        words = problems.get(phone.problem, _("This is not a phone number. Please check it."))
        raise forms.ValidationError(words)


class RequestAnswerForm(forms.Form):
    """An answer to the school's request: one of three buttons, with words and a photo if they like."""

    answer = forms.ChoiceField(
        choices=FamilyRequest.Answer,
        error_messages={"required": gettext_lazy("Please tap one of the three answers.")},
    )
    words = forms.CharField(max_length=300, required=False)
    photo = PhotoField(required=False)


class KeyForm(forms.Form):
    """A form that is carried out once: the page makes `key`, so a second tap counts as the same act."""

    key = forms.UUIDField(
        error_messages={"required": gettext_lazy("We did not receive that. Please tap again.")}
    )


class CorrectionForm(KeyForm):
    PARTS = [
        ("name", gettext_lazy("name, birthday or identity number")),
        ("home", gettext_lazy("home address or way to school")),
        ("health", gettext_lazy("health")),
        ("family", gettext_lazy("who belongs to the family, who cares")),
        ("teacher", gettext_lazy("what a teacher wrote")),
        ("other", gettext_lazy("something else")),
    ]
    part = forms.ChoiceField(
        choices=PARTS, error_messages={"required": gettext_lazy("Please choose what is wrong.")}
    )
    words = forms.CharField(
        max_length=WORDS_AT_MOST,
        error_messages={"required": gettext_lazy("Please write what is right.")},
    )

    def whole_words(self) -> str:
        part = dict(self.PARTS)[self.cleaned_data["part"]]
        return f"{part}{_(': ')}{self.cleaned_data['words']}"


class DeletionForm(KeyForm):
    words = forms.CharField(max_length=WORDS_AT_MOST, required=False)
    is_sure = forms.BooleanField(
        error_messages={"required": gettext_lazy("Please tick the box if you really want this.")}
    )
