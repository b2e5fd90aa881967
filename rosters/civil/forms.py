from django import forms
from django.utils.translation import gettext_lazy as _

from rosters.forms import UploadForm


class CivilListForm(UploadForm):
    """The upload form for the office's list, with the same limits as for a roster."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].label = _("The office's list")
        self.fields["file"].widget = forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"})
