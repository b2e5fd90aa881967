from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from core.day_fields import day_field
from surveys import wording
from surveys.instruments import CARER, PARENT, PUPIL, STAFF, Instrument
from surveys.models import PastImport
from surveys.past import rules
from uploads.sheets import MAX_BYTES, TOO_LARGE

RESPONDENTS = [
    (PUPIL, _("the child")),
    (PARENT, _("a parent")),
    (CARER, _("the carer at home")),
    (STAFF, _("the class teacher")),
]
MEANINGS = [
    (rules.UNUSED, _("not used")),
    (rules.NAME, _("name of the child")),
    (rules.CLASS, _("class")),
    (rules.NUMBER, _("student number")),
]


class SheetForm(forms.Form):
    """A file, what it holds, and on which ground the school may keep it."""

    key = forms.ChoiceField(label=_("Which survey was it?"))
    respondent = forms.ChoiceField(label=_("Who answered?"), choices=RESPONDENTS)
    taken_on = day_field(_("On which day?"))
    ground = forms.ChoiceField(
        label=_("What did the families agree to?"),
        choices=PastImport.Ground.choices,
        widget=forms.RadioSelect,
    )
    ground_words = forms.CharField(
        label=_("Where are the papers kept?"),
        max_length=200,
        required=False,
        help_text=_(
            "For instance: consent forms of September 2025, file cabinet of the counsellor."
        ),
    )
    file = forms.FileField(
        label=_("Excel or CSV file"),
        help_text=_(
            "One row for each child, one column for each sum. Answers to single questions are"
            " not needed and stay out."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        error_messages={
            "required": _("Please choose a file."),
            "empty": _("The file is empty."),
        },
    )

    def __init__(self, *args: Any, instruments: list[Instrument], today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.instruments, self.today = {one.key: one for one in instruments}, today
        choices = [(one.key, wording.name_of(one)) for one in instruments]
        cast(forms.ChoiceField, self.fields["key"]).choices = choices

    def clean_taken_on(self) -> date:
        day = self.cleaned_data["taken_on"]
        if day >= self.today:
            raise forms.ValidationError(_("That day is not over yet. Choose an earlier day."))
        if day < self.today - timedelta(days=365 * rules.BACK_YEARS):
            raise forms.ValidationError(
                _("That is more than %(years)d years ago and says nothing about today.")
                % {"years": rules.BACK_YEARS}
            )
        return day

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        return file

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        instrument = self.instruments.get(said.get("key", ""))
        if instrument and said.get("respondent") not in (None, *instrument.respondents):
            self.add_error("respondent", _("They do not answer this survey."))
        if (
            said.get("ground") == PastImport.Ground.THEN
            and not said.get("ground_words", "").strip()
        ):
            self.add_error("ground_words", _("Please say where somebody can look them up."))
        return said


class ColumnsForm(forms.Form):
    """One choice for each column of the sheet: what it means."""

    def __init__(self, *args: Any, headers: list[str], instrument: Instrument, **kwargs: Any):
        super().__init__(*args, **kwargs)
        scales = [(rules.SCALE + one.id, wording.words(one.names)) for one in instrument.scales]
        validity = [(rules.VALIDITY, _("validity check"))]
        known = [
            *MEANINGS,
            *(validity if instrument.void_from_validity is not None else []),
            *scales,
        ]
        for column, header in enumerate(headers):
            self.fields[f"c{column}"] = forms.ChoiceField(
                label=header or _("Column %(number)s") % {"number": column + 1},
                choices=known,
                required=False,
            )

    @property
    def mapping(self) -> dict[int, str]:
        return {int(name[1:]): meaning for name, meaning in self.cleaned_data.items() if meaning}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        taken: dict[str, str] = {}
        for name, meaning in list(said.items()):
            if meaning and meaning in taken:
                other = {"other": self.fields[taken[meaning]].label}
                self.add_error(name, _("“%(other)s” is already taken for this.") % other)
            taken.setdefault(meaning, name)
        if not self.errors and rules.NAME not in taken:
            self.add_error(None, _("No column holds the children's names. Please choose one."))
        if not self.errors and not any(one.startswith(rules.SCALE) for one in taken):
            self.add_error(None, _("No column holds a sum. Please choose at least one."))
        return said
