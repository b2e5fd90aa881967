"""Signals in words: what is on record, how fresh it is, and what is not known."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from safeguarding.early_warning import policies, rules
from safeguarding.early_warning.forms import SettleForm
from safeguarding.early_warning.rules import HOMEWORK_DAYS, OLD_DAYS, WEEKS_BACK_DAYS, Domain, State
from safeguarding.early_warning.trial import Trial, kept_trial, with_live
from safeguarding.models import WarningRules
from safeguarding.queries import class_names
from schools.models import School
from schools.policies import Viewer, school_ids_where
from schools.roles import Permission

Stored = Mapping[str, Any]


# Better than "missed 0 of 20 school days", which sounds like a machine.
NONE_OF_IT = {
    Domain.ATTENDANCE: gettext_lazy("there on all %(of)d school days of four weeks"),
    Domain.HOMEWORK: gettext_lazy("no homework noted as missing in two weeks"),
    Domain.NOTES: gettext_lazy("no notes of anything to keep an eye on"),
}
SETTLED_SHOWN = 10


def label_of(domain: str) -> str:
    return {
        Domain.ATTENDANCE: _("Attendance"),
        Domain.HOMEWORK: _("Homework"),
        Domain.NOTES: _("What teachers saw"),
        Domain.SCORE: _("Answers at school"),
        Domain.HOME: _("Talks with the parents"),
    }[Domain(domain)]


def rows(signals: Iterable[Stored], *, with_scores: bool) -> list[dict[str, str]]:
    """Return each domain with yes, no or not known, in the order of the rules."""
    return [
        {
            "label": label_of(one["domain"]),
            "state": one["state"],
            "mark": mark_of(one["state"]),
            "text": text_of(one),
            "age": age_of(one["age_days"]),
        }
        for one in signals
        if with_scores or one["domain"] != Domain.SCORE
    ]


def unknown_text(shown: Sequence[dict[str, str]]) -> str:
    """Say how many of the kinds shown beside it have no data."""
    n = sum(1 for one in shown if one["state"] == State.UNKNOWN)
    if not n:
        return ""
    words = ngettext("%(n)d of %(of)d kinds not known", "%(n)d of %(of)d kinds not known", n)
    return words % {"n": n, "of": len(shown)}


def why(signals: Iterable[Stored], *, with_scores: bool) -> str:
    """Return one sentence about the domains that are signals."""
    said = [
        text_of(one)
        for one in signals
        if one["state"] == State.YES and (with_scores or one["domain"] != Domain.SCORE)
    ]
    return _("; ").join(said)


def mark_of(state: str) -> str:
    words = {State.YES: _("signal"), State.NO: _("nothing"), State.UNKNOWN: _("not known")}
    return words[State(state)]


def text_of(one: Stored) -> str:
    domain, value = Domain(one["domain"]), one["value"]
    if one["state"] == State.UNKNOWN:
        return {
            Domain.ATTENDANCE: _("attendance was rarely taken"),
            Domain.HOMEWORK: _("no homework was recorded"),
            Domain.NOTES: _("no notes in four weeks"),
            Domain.SCORE: _("no two rounds that can be compared"),
            Domain.HOME: _("no talk is expected, or none is recorded"),
        }[domain]
    if not value and domain in NONE_OF_IT:
        return str(NONE_OF_IT[domain]) % {"of": one["of"]}
    if domain == Domain.ATTENDANCE:
        words = _("missed %(n)d of %(of)d school days in four weeks")
        return words % {"n": value, "of": one["of"], "days": WEEKS_BACK_DAYS}
    if domain == Domain.HOMEWORK:
        return ngettext(
            "homework missing %(n)d time in two weeks, on days at school",
            "homework missing %(n)d times in two weeks, on days at school",
            value,
        ) % {"n": value, "days": HOMEWORK_DAYS}
    if domain == Domain.NOTES:
        return ngettext(
            "on %(n)d day somebody wrote down something to keep an eye on",
            "on %(n)d days somebody wrote down something to keep an eye on",
            value,
        ) % {"n": value}
    if domain == Domain.SCORE:
        if value:
            return _("a low mood for weeks")
        is_worse = one["state"] == State.YES
        return _("clearly worse than last time") if is_worse else _("no clear change for the worse")
    return _home(value, is_cut_off=bool(one["of"]), is_known=one["age_days"] is not None)


def _home(days: int, *, is_cut_off: bool, is_known: bool) -> str:
    if not is_known:
        words = ngettext(
            "no talk on record for %(n)d day", "no talk on record for %(n)d days", days
        )
    elif is_cut_off:
        words = ngettext(
            "for %(n)d day no number of the family has worked",
            "for %(n)d days no number of the family has worked",
            days,
        )
    elif not days:
        return _("talked recently")
    else:
        words = ngettext("last talk %(n)d day ago", "last talk %(n)d days ago", days)
    return words % {"n": days}


def age_of(days: int | None) -> str:
    """Say how fresh the data are, and mark old data as old."""
    if days is None:
        return "—"
    if days <= 0:
        return _("today")
    words = ngettext("%(n)d day ago", "%(n)d days ago", days) % {"n": days}
    return _("%(age)s, old") % {"age": words} if days > OLD_DAYS else words


def flags_context(user: User, at: datetime, bound: SettleForm | None = None) -> dict[str, Any]:
    on = timezone.localdate(at)
    seen = policies.flags_visible_to(user, on).select_related("student", "settled_by")
    waiting = list(seen.filter(settled_at=None).order_by("raised_at", "pk"))
    settled = list(seen.filter(settled_at__isnull=False).order_by("-settled_at")[:SETTLED_SHOWN])
    scores = school_ids_where(user, Permission.RUN_SURVEYS, on)
    classes = class_names({one.student_id for one in waiting + settled}, at)
    shown = []
    for flag in waiting:
        is_bound = bound is not None and bound.flag_id == flag.pk
        signals = rows(flag.reasons, with_scores=flag.school_id in scores)
        row = {
            "flag": flag,
            "class_name": classes.get(flag.student_id, ""),
            "signals": [one for one in signals if one["state"] == State.YES],
            "quiet": [one for one in signals if one["state"] != State.YES],
            "unknown": unknown_text(signals),
            "age": age_of((on - flag.raised_on).days),
            "form": bound if is_bound else SettleForm(flag.pk),
        }
        shown.append(row)
    return {
        "rows": shown,
        "settled": [
            {"flag": one, "class_name": classes.get(one.student_id, "")} for one in settled
        ],
    }


def trial_of(school: School, on: date, limits: rules.Limits, row: WarningRules | None) -> Trial:
    """Return what these limits would have brought.

    For weeks in which the look ran with these limits, return what it brought.
    """
    live_from = None
    if row and row.is_on and row.changed_at and row.limits == limits:
        live_from = timezone.localdate(row.changed_at) + timedelta(days=1)
    return with_live(kept_trial(school, on, limits), school, live_from)


def trial_context(
    school: School, trial: Trial, row: WarningRules | None, limits: rules.Limits, viewer: Viewer
) -> dict[str, Any]:
    most = max(trial.busiest, 1)
    seen = policies.flags_visible_to(viewer.user, viewer.on).filter(school=school, settled_at=None)
    return {
        "school": school,
        "is_on": bool(row and row.is_on),
        "row": row,
        "trial": trial,
        "waiting": seen.count(),
        "live_from": next((one.monday for one in trial.weeks if one.is_live), None),
        "a_week": round(trial.a_week, 1),
        "weeks": [
            {
                "week": one,
                "bar": round(20 * one.flags / most),
                "unknown": round(100 * one.unknown_share),
                "domains": _(", ").join(
                    f"{label_of(name)} {count}" for name, count in one.by_domain.items() if count
                ),
            }
            for one in trial.weeks
        ],
        "rules": _rules(limits),
    }


def _rules(limits: rules.Limits) -> list[dict[str, str]]:
    """Describe what counts as a signal, taken from the rules."""
    facts = {
        "missed": limits.missed_percent,
        "homework": limits.homework_misses,
        "notes": limits.notes,
        "gap": limits.gap_days,
        "cut": limits.unreachable_days,
    }
    texts = (
        (
            rules.Domain.ATTENDANCE,
            _("%(missed)d in a hundred school days of four weeks missed"),
        ),
        (
            rules.Domain.HOMEWORK,
            _("missing %(homework)d times in two weeks, on days at school"),
        ),
        (rules.Domain.NOTES, _("something to keep an eye on, on %(notes)d days of four weeks")),
        (
            rules.Domain.SCORE,
            _(
                "clearly worse than in the round before, by more than chance, or a low mood for weeks"
            ),
        ),
        (
            rules.Domain.HOME,
            _("no talk for more than %(gap)d days, or no number works for %(cut)d days"),
        ),
    )
    return [{"label": label_of(name), "text": text % facts} for name, text in texts]
