"""A photo, and what the person who adds it confirms."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from uploads.forms import PictureField

PAGE_IS_OLD = _("Please open this page again.")


class MeetingPhotoForm(forms.Form):
    key = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={"required": PAGE_IS_OLD, "invalid": PAGE_IS_OLD},
    )
    photo = PictureField(label=_("Photo"), error_messages={"required": _("Choose a photo.")})
    no_child = forms.BooleanField(
        label=_("No child can be recognised in it."),
        error_messages={
            "required": _(
                "Put a picture with children in the class's week, with each family's consent."
            )
        },
    )
    agreed = forms.BooleanField(
        label=_("Every adult who can be recognised has agreed that the invited families see it."),
        error_messages={"required": _("Ask everyone in the picture first.")},
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", uuid.uuid4())
