"""Handle two people who edit one part of a file, so that nobody's text is overwritten unseen.

A form carries the state with which it began (the number of the row's latest event). A field that only one of
the two has changed is saved as that person wrote it. If both changed the same field, the second person is
shown the saved value, with who saved it and when, and chooses.
"""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.history import changes_of
from core.days import clock_time
from students.rules import Verdict, merged

THEIRS, MINE = "theirs", "mine"


def state_of(row: Any) -> int:
    """Return the number of the latest event of a tracked row."""
    latest = row.pgh_event_model.objects.filter(pgh_obj_id=row.pk).order_by("-pgh_id")
    return latest.values_list("pgh_id", flat=True).first() or 0


class VersionedForm(forms.ModelForm):
    """A ModelForm of one tracked row. Save it while the row is locked."""

    state = forms.IntegerField(required=False, widget=forms.HiddenInput)
    # Fields for which a choice was already requested in the previous round.
    asked = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["state"].initial = state_of(self.instance)
        if self.is_bound:
            for name in _names(self.data.get("asked", "")):
                if name in self._own:
                    self._ask(name, self._typed(name))

    def clean(self):
        data = super().clean()
        began = self.cleaned_data.pop("state", None)
        asked = _names(self.cleaned_data.pop("asked", ""))
        for name in asked:
            if self.cleaned_data.pop(f"keep_{name}", MINE) == THEIRS:
                self.cleaned_data[name] = getattr(self.instance, name)
        events = self.instance.pgh_event_model.objects.filter(pgh_obj_id=self.instance.pk)
        event = events.filter(pgh_id=began).first() if began else None
        if event is not None:
            self._merge(event)
        return data

    @property
    def _own(self) -> list[str]:
        return list(self._meta.fields or ())

    def _merge(self, event: Any) -> None:
        clashes = []
        for name in self._own:
            if name not in self.cleaned_data:
                continue
            stored = getattr(self.instance, name)
            verdict = merged(base=getattr(event, name), theirs=stored, mine=self.cleaned_data[name])
            if verdict is Verdict.THEIRS:
                self.cleaned_data[name] = stored
            elif verdict is Verdict.ASK:
                clashes.append(name)
        if clashes:
            self._refuse(clashes)

    def _refuse(self, clashes: list[str]) -> None:
        """Ask about each field; when sent again, the form begins with the values saved now."""
        data = dict(self.data.items())
        data["state"] = str(state_of(self.instance))
        data["asked"] = " ".join(clashes)
        for name in clashes:
            mine = self.words(name, self.cleaned_data[name])
            data.pop(f"keep_{name}", None)
            self._ask(name, mine)
            self.add_error(name, self._told(name))
        self.data = data

    def _told(self, name: str) -> str:
        change = next(iter(changes_of(self.instance, [name])), None)
        facts = {
            "who": change.by if change and change.by else _("Somebody"),
            "when": clock_time(timezone.localtime(change.at)) if change else "",
            "words": self.words(name, getattr(self.instance, name)) or "—",
        }
        return _("%(who)s changed this at %(when)s while you were writing: “%(words)s”") % facts

    def _typed(self, name: str) -> str:
        field = self.fields[name]
        typed = field.widget.value_from_datadict(self.data, self.files, name)
        try:
            return self.words(name, field.to_python(typed))
        except forms.ValidationError:
            return str(typed)

    def _ask(self, name: str, mine: str) -> None:
        stored = self.words(name, getattr(self.instance, name)) or "—"
        self.fields[f"keep_{name}"] = forms.ChoiceField(
            label=_("Which is right: %(field)s?") % {"field": self.fields[name].label},
            choices=[
                (THEIRS, _("the saved version: “%(words)s”") % {"words": stored}),
                (MINE, _("my version: “%(words)s”") % {"words": mine or "—"}),
            ],
            widget=forms.RadioSelect,
        )
        order = [one for one in self.fields if one != f"keep_{name}"]
        # The choice comes right after its field.
        order.insert(order.index(name) + 1, f"keep_{name}")
        self.order_fields(order)

    def words(self, name: str, value: Any) -> str:
        """Return a value of the field as a reader sees it."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        choices: Any = getattr(self.instance._meta.get_field(name), "flatchoices", ())
        return str(dict(choices).get(value, value))


def _names(text: str) -> list[str]:
    return text.split()
