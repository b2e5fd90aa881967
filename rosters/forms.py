from django import forms
from django.utils.translation import gettext_lazy as _

from rosters.columns import NOT_USED, Field
from uploads.sheets import MAX_BYTES, TOO_LARGE

UNDECIDED = "?"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Roster"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        error_messages={
            "required": _("Please choose a file."),
            "empty": _("The file is empty."),
        },
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        return file


class ColumnsForm(forms.Form):
    """One choice for each column of the file: the field that it holds."""

    def __init__(self, headers: list[str], guessed: dict[int, str | None], *args, **kwargs):
        super().__init__(*args, **kwargs)
        for column, header in enumerate(headers):
            value = guessed.get(column, NOT_USED)
            choices = [(NOT_USED, _("not used")), *Field.choices]
            if value is None:
                choices.insert(0, (UNDECIDED, _("please choose")))
            self.fields[f"c{column}"] = forms.ChoiceField(
                choices=choices,
                label=header or _("Column %(number)s") % {"number": column + 1},
                initial=UNDECIDED if value is None else value,
                required=False,
            )

    @property
    def mapping(self) -> dict[int, str]:
        return {int(name[1:]): value for name, value in self.cleaned_data.items()}

    def clean(self):
        cleaned = super().clean() or {}
        taken: dict[str, str] = {}
        for name, value in list(cleaned.items()):
            if value == UNDECIDED:
                self.add_error(name, _("We cannot tell whose phone this is. Please choose."))
            elif value and value in taken:
                other = {"other": self.fields[taken[value]].label}
                self.add_error(name, _("“%(other)s” is already taken for this.") % other)
            taken.setdefault(value, name)
        if Field.NAME not in taken:
            self.add_error(None, _("No column holds the children's names. Please choose one."))
        return cleaned
