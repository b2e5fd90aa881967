"""What the pages of hints show, ready for the templates."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from safeguarding.early_warning import policies, presenters, rules
from safeguarding.early_warning.forms import SettleForm
from safeguarding.early_warning.trial import Trial
from safeguarding.models import Flag, WarningRules
from safeguarding.queries import class_names
from schools.models import School
from schools.policies import school_ids_where
from schools.roles import Permission

SETTLED_SHOWN = 10


def flags_context(user: User, at: datetime, bound: SettleForm | None = None) -> dict[str, Any]:
    on = timezone.localdate(at)
    seen = policies.flags_visible_to(user, on).select_related("student", "settled_by")
    waiting = list(seen.filter(settled_at=None).order_by("raised_at", "pk"))
    settled = list(seen.filter(settled_at__isnull=False).order_by("-settled_at")[:SETTLED_SHOWN])
    scores = school_ids_where(user, Permission.RUN_SURVEYS, on)
    classes = class_names({one.student_id for one in waiting + settled}, at)
    return {
        "rows": [_row(one, classes, scores, at, bound) for one in waiting],
        "settled": [
            {"flag": one, "class_name": classes.get(one.student_id, "")} for one in settled
        ],
    }


def _row(flag: Flag, classes, scores, at: datetime, bound: SettleForm | None) -> dict[str, Any]:
    is_bound = bound is not None and bound.flag_id == flag.pk
    signals = presenters.rows(flag.reasons, with_scores=flag.school_id in scores)
    return {
        "flag": flag,
        "class_name": classes.get(flag.student_id, ""),
        "signals": signals,
        "unknown": presenters.unknown_text(signals),
        "age": presenters.age_of((timezone.localdate(at) - flag.raised_on).days),
        "form": bound if is_bound else SettleForm(flag.pk),
    }


def trial_context(school: School, trial: Trial, row: WarningRules | None) -> dict[str, Any]:
    most = max(trial.busiest, 1)
    return {
        "school": school,
        "is_on": bool(row and row.is_on),
        "row": row,
        "trial": trial,
        "a_week": round(trial.a_week, 1),
        "weeks": [
            {
                "week": one,
                "bar": round(20 * one.flags / most),
                "unknown": round(100 * one.unknown_share),
                "domains": _(", ").join(
                    f"{presenters.label_of(name)} {count}"
                    for name, count in one.by_domain.items()
                    if count
                ),
            }
            for one in trial.weeks
        ],
        "rules": _rules(),
    }


def _rules() -> list[dict[str, str]]:
    """What counts as a signal, as it stands in the code."""
    facts = {
        "missed": round(100 * rules.MISSED_SHARE),
        "homework": rules.HOMEWORK_MISSES,
        "notes": rules.NOTES_AT_LEAST,
        "gap": rules.GAP_DAYS,
        "cut": rules.UNREACHABLE_DAYS,
    }
    texts = (
        (rules.Domain.ATTENDANCE, _("%(missed)d in a hundred school days of four weeks missed")),
        (
            rules.Domain.HOMEWORK,
            _("missing %(homework)d times in two weeks, on days at school"),
        ),
        (rules.Domain.NOTES, _("something to keep an eye on, on %(notes)d days of four weeks")),
        (rules.Domain.SCORE, _("clearly worse than in the round before, by more than chance")),
        (
            rules.Domain.HOME,
            _("no talk for more than %(gap)d days, or no number works for %(cut)d days"),
        ),
    )
    return [{"label": presenters.label_of(name), "text": text % facts} for name, text in texts]
