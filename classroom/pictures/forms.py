from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from classroom.pictures.queries import Nameable
from classroom.pictures.rules import OWN_FAMILY, PICTURES_AT_ONCE, purpose_of
from core.requests import key_of
from uploads.forms import PicturesField

NOT_AGREED = _("Not every family of these children has agreed. This picture cannot be used.")


class KeyForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)


class PictureForm(forms.Form):
    """One or more pictures that show the same named children.

    A page has several of these forms, so that every picture can have its own children. `child` is the
    child of the good news; `own_agreed` tells whether its family allows pictures of the child alone.
    """

    photo = PicturesField(
        label=_("Pictures"),
        most=PICTURES_AT_ONCE,
        error_messages={"required": _("Choose a picture.")},
    )
    pictured = forms.TypedMultipleChoiceField(
        label=_("Who is in these pictures?"),
        coerce=int,
        error_messages={
            "required": _("Name every child in the picture."),
            "invalid_choice": NOT_AGREED,
        },
    )

    def __init__(
        self,
        *args: Any,
        children: Sequence[Nameable],
        child: int | None = None,
        own_agreed: bool = False,
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.child, self.own_agreed = child, own_agreed
        self.agreed = {one.pk for one in children if one.agreed}
        offered = [(one.pk, one.name) for one in children if one.agreed or one.pk == child]
        self.fields["pictured"].choices = offered  # type: ignore[attr-defined]

    @property
    def picked(self) -> set[int | None]:
        return {key_of(str(pk)) for pk in self["pictured"].value() or []}

    def clean_pictured(self) -> list[int]:
        pictured = set(self.cleaned_data["pictured"])
        if self.child is not None and self.child not in pictured:
            raise forms.ValidationError(
                _("The child whose good news it is must be in the picture.")
            )
        purpose = purpose_of(of_week=self.child is None, pictured=len(pictured))
        is_agreed = self.own_agreed if purpose == OWN_FAMILY else pictured <= self.agreed
        if not is_agreed:
            raise forms.ValidationError(NOT_AGREED)
        return sorted(pictured)
