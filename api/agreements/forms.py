from collections.abc import Sequence

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from api.models import Scope
from surveys.models import Study


class AgreeForm(forms.Form):
    scope = forms.ChoiceField(widget=forms.HiddenInput)
    study = forms.ModelChoiceField(
        label=_("For which study?"), queryset=Study.objects.none(), required=False
    )

    def __init__(self, *args, scopes: Sequence[Scope], studies: QuerySet[Study], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.value, one.label) for one in scopes]
        self.fields["scope"].choices = choices  # type: ignore[attr-defined]
        self.fields["study"].queryset = studies  # type: ignore[attr-defined]

    def clean(self) -> dict:
        """Require a study for answers, which are handed out for one study only; no other scope has one."""
        given = super().clean() or {}
        if given.get("scope") != Scope.READ_RESPONSES:
            given["study"] = None
        elif not given.get("study"):
            self.add_error("study", _("Choose the study. Open one first if there is none."))
        return given
