import uuid
from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from safeguarding.forms import KeyedForm
from safeguarding.models import Report, ReportEntry
from safeguarding.reports.models import REPORT_WORDS_MAX
from safeguarding.reports.rules import sent_as

REASON_MAX = 500  # characters
TOLD_BEFORE_DAYS = 30  # an office may have been informed before anybody wrote here


class _People(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def __init__(self, *args, labels=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.labels: dict[int, str] = labels or {}

    def label_from_instance(self, person) -> str:
        return self.labels.get(person.pk, person.name)

    def words_for(self, person) -> set[str]:
        """Return texts that can mean only this person: 校长, 王校长, 王建国, 校长王建国."""
        label, name = self.label_from_instance(person), person.name
        return set(map(_joined, (name, label, f"{name[:1]}{label}", f"{label}{name}")))


def _joined(words: str) -> str:
    """Remove spaces, so that 奶奶 虎秀兰 and 奶奶虎秀兰 are the same."""
    return "".join(words.split())


class ReportForm(KeyedForm):
    """A few questions, none of which may delay a report: what, in which words, and who if known."""

    situation = forms.ChoiceField(
        label=_("What do you suspect?"),
        choices=Report.Situation.choices,
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("What you saw or heard"),
        help_text=_("When, where, in which words."),
        max_length=REPORT_WORDS_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
    child_now = forms.CharField(
        label=_("Where is the child now, and who is with them?"), max_length=200, required=False
    )
    adults = _People(
        label=_("Who may have done it: family"),
        queryset=None,
        required=False,
        help_text=_(
            "From now on they see and receive nothing about the child, and are not told why. Leave it blank"
            " if you do not know."
        ),
    )
    users = _People(
        label=_("Who may have done it: school"),
        queryset=None,
        required=False,
        help_text=_(
            "We do not tell the people you tick about the report, and the child's file closes to them."
        ),
    )
    somebody = forms.CharField(
        label=pgettext_lazy("who may have done it", "Somebody else"),
        max_length=120,
        required=False,
        help_text=_(
            "A name that is only written here closes nothing, and the principal and the counsellor read it. "
            "If the person is on the list above, please tick them there."
        ),
    )

    def __init__(
        self,
        *args,
        adults,
        users,
        relations: dict[int, str],
        roles: dict[int, str],
        unlisted=(),
        **kwargs,
    ):
        """`unlisted`: adults of the family who can only be named by writing the name."""
        super().__init__(*args, **kwargs)
        self.unlisted, self.relations = unlisted, relations
        family, staff = (cast(_People, self.fields[name]) for name in ("adults", "users"))
        family.queryset, family.labels = adults, relations
        staff.queryset, staff.labels = users, roles
        for name, people in (("adults", adults), ("users", users)):
            if not people:
                del self.fields[name]

    def renew_key(self) -> None:
        """Give the form a new key, so that it writes a report of its own when it is sent again."""
        said = cast(QueryDict, self.data).copy()
        said[self.add_prefix("key")] = str(uuid.uuid4())
        self.data = said

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned = {"adults": (), "users": ()} | cleaned
        adults, users = ([one.pk for one in cleaned[name]] for name in ("adults", "users"))
        sent = sent_as(adults, users, cleaned.get("somebody", ""))
        return self._ticked_by_word(cleaned | {"sent": sent})

    def _ticked_by_word(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """Tick a person who was written out in words although they are on the list.

        Otherwise they would not be kept away, and might be notified of a report that names them.
        """
        said = cleaned.get("somebody", "").strip()
        for name in ("adults", "users"):
            found = self._meant(name, said) if said else []
            if len(found) == 1:
                people = {one.pk: one for one in [*cleaned[name], *found]}
                return cleaned | {name: list(people.values()), "somebody": ""}
        return cleaned

    def _meant(self, name: str, said: str) -> list[Any]:
        """Return the people whom `said` can mean."""
        field = cast(_People | None, self.fields.get(name))
        listed = field.queryset or () if field else ()
        found = [one for one in listed if field and _joined(said) in field.words_for(one)]
        others = self.unlisted if name == "adults" else ()
        return found + [one for one in others if _joined(said) in self._names_of(one)]

    def _names_of(self, adult) -> set[str]:
        """Return texts that mean this adult: 郝建军, 亲戚郝建军.

        The relation alone may mean several people.
        """
        return {_joined(adult.name), _joined(f"{self.relations.get(adult.pk, '')}{adult.name}")}


class ToldForm(KeyedForm):
    """The school has informed one office: which, when, who answered and what they said."""

    office = forms.ChoiceField(label=_("Whom"), choices=ReportEntry.Office.choices)
    told_at = forms.DateTimeField(
        label=_("When"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    spoke_with = forms.CharField(label=_("Who answered"), max_length=80)
    phone = forms.CharField(label=_("Number that was called"), max_length=40, required=False)
    case_number = forms.CharField(label=_("Number they gave"), max_length=60, required=False)
    words = forms.CharField(
        label=_("What they said"),
        max_length=REPORT_WORDS_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )

    def __init__(self, *args, report: Report, at: datetime, **kwargs):
        super().__init__(*args, **kwargs)
        self.at, self.since = at, report.at - timedelta(days=TOLD_BEFORE_DAYS)

    def clean_told_at(self) -> datetime:
        told_at = self.cleaned_data["told_at"]
        if told_at > self.at:
            raise forms.ValidationError(_("This time is in the future."))
        if told_at < self.since:
            raise forms.ValidationError(_("That is long before the report was written."))
        return told_at


class AddForm(KeyedForm):
    words = forms.CharField(
        label=_("What you have learned since, or a correction"),
        max_length=REPORT_WORDS_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )


class LiftForm(forms.Form):
    reason = forms.CharField(
        label=_("Why the file is opened again"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )
