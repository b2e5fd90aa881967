from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from calls.things import rules
from calls.things.models import ThreeThings
from uploads.forms import PictureField

SENTENCES = tuple(f"sentence_{number}" for number in range(1, rules.THINGS_MOST + 1))


class ChooseThingsForm(forms.Form):
    """Pictures and the child's own sentences, three at most, for one parent."""

    key = forms.UUIDField(error_messages={"required": _("Please open this page again.")})
    to = forms.TypedChoiceField(
        coerce=int,
        error_messages={
            "required": _("Choose who should ask you."),
            "invalid_choice": _("Choose who should ask you."),
        },
    )
    pictures = forms.MultipleChoiceField(choices=ThreeThings.Picture.choices, required=False)
    sentence_1 = forms.CharField(max_length=rules.SENTENCE_MAX, required=False)
    sentence_2 = forms.CharField(max_length=rules.SENTENCE_MAX, required=False)
    sentence_3 = forms.CharField(max_length=rules.SENTENCE_MAX, required=False)

    def __init__(self, *args, adults: list[tuple[int, str]], **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["to"]).choices = adults

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        said["sentences"] = [said[name] for name in SENTENCES if said.get(name)]
        count = len(said.get("pictures", [])) + len(said["sentences"])
        if not count and not self.errors:
            raise forms.ValidationError(_("Tap a picture, or write a sentence."))
        if count > rules.THINGS_MOST:
            raise forms.ValidationError(_("Three at most. Take some away again."))
        return said


class FeltForm(forms.Form):
    things = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    felt = forms.TypedChoiceField(
        coerce=int,
        choices=ThreeThings.Felt.choices,
        error_messages={"required": _("Choose a face."), "invalid_choice": _("Choose a face.")},
    )


class AnswerForm(forms.Form):
    """One picture of the parent's day, drawn or their own photo, or a few words."""

    picture = forms.ChoiceField(choices=ThreeThings.Answer.choices, required=False)
    words = forms.CharField(max_length=rules.ANSWER_MAX, required=False)
    photo = PictureField(required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors and not any(said.values()):
            raise forms.ValidationError(_("Tap a picture, take a photo, or write a few words."))
        return said
