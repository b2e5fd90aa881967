"""Forms for one child's rhythm and dates, and for a school's days before or after each kind of date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.history import mark_of
from core.day_fields import DAY_OVER, DayInput, refuse_day_over
from core.days import full_day
from core.meanwhile import AsksToReplace
from guardians.models import Adult
from messaging.models import AdultRhythm, CheckInPlan, OccasionKind
from messaging.plans.rules import OCCASION_DAYS, OCCASION_DAYS_AT_MOST, OWN_RHYTHMS

RHYTHMS = (2, 3, 5, 7, 10, 14, 21, 28)  # days
PAUSE_AT_MOST_DAYS = 92  # days; nobody would notice the silence of a pause without an end


class PlanForm(AsksToReplace):
    own_every_days = forms.TypedChoiceField(
        label=gettext_lazy("How often the parent is asked"),
        coerce=int,
        empty_value=None,
        required=False,
    )
    paused_until = forms.DateField(
        widget=DayInput,
        label=gettext_lazy("Send no question up to and including"),
        required=False,
        error_messages={"invalid": gettext_lazy("Please enter a date.")},
    )
    paused_reason = forms.CharField(
        label=gettext_lazy("Why the pause"), max_length=120, required=False
    )

    def __init__(self, data: Any, *, plan: CheckInPlan, today: date):
        initial = {
            "own_every_days": plan.own_every_days or "",
            "paused_until": plan.paused_until if _holds(plan, today) else None,
            "paused_reason": plan.paused_reason if _holds(plan, today) else "",
            "instead_of": mark_of(plan, CheckInPlan.CHOSEN),
        }
        super().__init__(data, initial=initial)
        self.today = today
        of_school = _("as the school: %(rhythm)s") % {
            "rhythm": _rhythm(plan.school.check_in_every_days)
        }
        offered = sorted({*RHYTHMS, *([plan.own_every_days] if plan.own_every_days else [])})
        field: Any = self.fields["own_every_days"]
        field.choices = [("", of_school), *((n, _rhythm(n)) for n in offered)]

    def clean(self) -> dict[str, Any]:
        return clean_pause(self)


def clean_pause(form: forms.Form) -> dict[str, Any]:
    """Require an end within the limit and a reason for a pause."""
    until, today = form.cleaned_data.get("paused_until"), form.today  # type: ignore[attr-defined]
    if until is None:
        return form.cleaned_data
    latest = today + timedelta(days=PAUSE_AT_MOST_DAYS)
    if until < today:
        form.add_error("paused_until", DAY_OVER)
    elif until > latest:
        words = _("A pause lasts three months at most: choose a day up to %(day)s.")
        form.add_error("paused_until", words % {"day": full_day(latest)})
    if not form.cleaned_data.get("paused_reason"):
        form.add_error("paused_reason", _("Enter a reason: a colleague will want to know."))
    return form.cleaned_data


class AdultRhythmForm(AsksToReplace):
    """One adult's own rhythm and pause, entered by the school."""

    every_days = forms.TypedChoiceField(
        label=gettext_lazy("At most one question"), coerce=int, empty_value=None, required=False
    )
    paused_until = forms.DateField(
        widget=DayInput,
        label=gettext_lazy("Send this adult no question up to and including"),
        required=False,
        error_messages={"invalid": gettext_lazy("Please enter a date.")},
    )
    paused_reason = forms.CharField(
        label=gettext_lazy("Why the pause"), max_length=120, required=False
    )

    def __init__(self, data: Any, *, adult: Adult, today: date):
        own = getattr(adult, "own_rhythm", None)
        is_paused = own is not None and own.rhythm.is_paused(today)
        initial = {
            "every_days": (own and own.every_days) or "",
            "paused_until": own.paused_until if own and is_paused else None,
            "paused_reason": own.paused_reason if own and is_paused else "",
            "instead_of": mark_of(own or AdultRhythm(), AdultRhythm.CHOSEN),
        }
        super().__init__(data, initial=initial, auto_id=f"id_{adult.pk}_%s")
        self.adult, self.today, self.own = adult, today, own
        offered = sorted({*OWN_RHYTHMS, *([own.every_days] if own and own.every_days else [])})
        field: Any = self.fields["every_days"]
        field.choices = [("", _("as often as the child's plan says"))]
        field.choices += [(n, _rhythm(n)) for n in offered]

    @property
    def keeps_own_word(self) -> bool:
        """Return whether the adult's own pause is unchanged. It then needs no reason from the school."""
        until = self.cleaned_data.get("paused_until")
        return bool(self.own and self.own.by_family and until == self.own.paused_until)

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data if self.keeps_own_word else clean_pause(self)


def _holds(plan: CheckInPlan, today: date) -> bool:
    return plan.paused_until is not None and plan.paused_until >= today


def _rhythm(days: int) -> str:
    return ngettext("every day", "every %(days)d days", days) % {"days": days}


class MarkForm(forms.Form):
    """A date of one child, or an exam of the whole school."""

    on = forms.DateField(
        widget=DayInput,
        label=gettext_lazy("Day"),
        error_messages={
            "required": gettext_lazy("Which day?"),
            "invalid": gettext_lazy("Please enter a date."),
        },
    )
    label = forms.CharField(
        label=gettext_lazy("What is on that day"),
        max_length=60,
        error_messages={"required": gettext_lazy("What is on that day?")},
    )

    def __init__(self, data: Any, *, today: date):
        super().__init__(data, prefix="mark")
        self.today = today

    def clean_on(self) -> date:
        refuse_day_over(self.cleaned_data["on"], self.today)
        return self.cleaned_data["on"]


@dataclass(frozen=True)
class OccasionFields:
    kind: str
    title: object
    takes: forms.BoundField
    days: forms.BoundField
    side: forms.BoundField


SIDES = (("before", gettext_lazy("days before")), ("after", gettext_lazy("days after")))


class OccasionsForm(forms.Form):
    """For each kind of date: whether we ask about it, and how many days before or after."""

    def __init__(self, data: Any, *, days: Mapping[str, int | None]):
        super().__init__(data, prefix="on")
        limits = _("Between 0 and %(most)d days.") % {"most": OCCASION_DAYS_AT_MOST}
        for kind in OccasionKind:
            own, default = days[kind], OCCASION_DAYS[kind] or 0
            shown = default if own is None else own
            self.fields[f"takes_{kind}"] = forms.BooleanField(
                label=kind.label, required=False, initial=own is not None
            )
            self.fields[f"days_{kind}"] = forms.IntegerField(
                min_value=0,
                max_value=OCCASION_DAYS_AT_MOST,
                required=False,
                initial=abs(shown),
                error_messages={"min_value": limits, "max_value": limits, "invalid": limits},
            )
            self.fields[f"side_{kind}"] = forms.ChoiceField(
                choices=SIDES, initial="before" if shown < 0 else "after", required=False
            )

    @property
    def rows(self) -> list[OccasionFields]:
        return [
            OccasionFields(
                kind,
                kind.label,
                self[f"takes_{kind}"],
                self[f"days_{kind}"],
                self[f"side_{kind}"],
            )
            for kind in OccasionKind
        ]

    def clean(self) -> dict[str, Any]:
        for kind in OccasionKind:
            name = f"days_{kind}"
            if not self.cleaned_data.get(f"takes_{kind}"):
                self.errors.pop(name, None)
            elif name in self.cleaned_data and self.cleaned_data[name] is None:
                self.add_error(name, _("How many days before or after?"))
        return self.cleaned_data

    @property
    def days(self) -> dict[str, int | None]:
        found: dict[str, int | None] = {}
        for kind in OccasionKind:
            number: int = self.cleaned_data.get(f"days_{kind}") or 0
            is_before = self.cleaned_data.get(f"side_{kind}") == "before"
            takes = self.cleaned_data.get(f"takes_{kind}")
            found[str(kind)] = (-number if is_before else number) if takes else None
        return found
