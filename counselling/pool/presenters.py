"""How a brief is told: to counsellors who do not know the child, and to its school. Facts in, words out."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import dates, formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from counselling.models import Brief
from counselling.pool import rules
from safeguarding.models import Concern
from safeguarding.presenters import LEVEL_LOOKS, span_text

AGES = {
    "-8": lambda: _("under 9 years"),
    "9-11": lambda: _("9 to 11 years"),
    "12-14": lambda: _("12 to 14 years"),
    "15-": lambda: _("15 years or older"),
}
GRADES = {
    "1-3": lambda: _("grades 1 to 3"),
    "4-6": lambda: _("grades 4 to 6"),
    "7-9": lambda: _("grades 7 to 9"),
    "10-12": lambda: _("grades 10 to 12"),
}


def telling_text(found: rules.Found) -> str:
    """Why a piece of the words is refused; read by whoever wrote it."""
    sentences = {
        rules.Tells.CHILD: _("“%(piece)s” tells which child it is."),
        rules.Tells.FAMILY: _("“%(piece)s” is somebody of the child's family."),
        rules.Tells.STAFF: _("“%(piece)s” is somebody of your school."),
        rules.Tells.CLASS: _("“%(piece)s” tells the class or the grade."),
        rules.Tells.SCHOOL: _("“%(piece)s” tells the school."),
        rules.Tells.PLACE: _("“%(piece)s” tells where the child lives."),
        rules.Tells.AWAY: _("“%(piece)s” tells where a parent is, or at what work."),
        rules.Tells.PUPIL: _("“%(piece)s” is another child of your school."),
        rules.Tells.BIRTHDAY: _("“%(piece)s” is the child's birthday."),
        rules.Tells.NUMBER: _("“%(piece)s” could be a phone, a card or an address."),
    }
    return sentences[found.what] % {"piece": found.piece}


def refused_text(why: rules.Refused) -> str:
    return {
        rules.Refused.CLOSED: _("The concern is closed."),
        rules.Refused.RED: _(
            "Red does not wait in a queue: somebody must be with the child now. When the child is safe and "
            "you judge it anew, the queue is open."
        ),
        rules.Refused.NO_LEVEL: _(
            "First say how soon the child needs somebody: the queue is in that order."
        ),
        rules.Refused.NOT_IN_POOL: _("Your school does not use the shared queue."),
        rules.Refused.WAITS: _(
            "The child waits in the shared queue already, with another concern: join the two."
        ),
        rules.Refused.KEPT: _("A counsellor keeps an open case of this child already."),
    }[why]


def of_child(age_band: str, grade_band: str) -> str:
    """9 to 11 years, grades 4 to 6."""
    words = [AGES[age_band]() if age_band else "", GRADES[grade_band]() if grade_band else ""]
    return _(", ").join(word for word in words if word) or _("age not known")


def level_of(concern: Concern) -> dict[str, str]:
    """As components/level.html shows it."""
    return {
        "look": LEVEL_LOOKS[concern.level],
        "label": str(concern.get_level_display()),
    }


def shown(
    concern: Concern, bands: dict[str, str], facts: dict[str, Any], at: datetime
) -> dict[str, Any]:
    """What counsellors of other schools read before one accepts: counselling/_brief.html, at the form as
    in the queue. Whatever is not here stays at the school.
    """
    return {
        "child": of_child(bands["age_band"], bands["grade_band"]),
        "level": level_of(concern),
        "since": since_words(at - concern.opened_at),
        "troubles": labels(Brief.Trouble, facts["troubles"]),
        "done": labels(Brief.Done, facts["done"]),
        "asks": labels(Brief.Ask, facts["asks"]),
        "language": str(Brief.Language(facts["language"]).label),
        "reach": reach_words(facts["reach"]),
        "words": facts.get("words"),
    }


def of_brief(brief: Brief, at: datetime, words: str | None = None) -> dict[str, Any]:
    bands = {"age_band": brief.age_band, "grade_band": brief.grade_band}
    names = ("troubles", "done", "asks", "language", "reach", "weekdays")
    facts = {name: getattr(brief, name) for name in names} | {"words": words}
    return shown(brief.concern, bands, facts, at)


def labels(choices, values: Iterable[str]) -> str:
    """In the order of the form."""
    return _("; ").join(str(label) for value, label in choices.choices if value in values)


def since_words(waited: timedelta) -> str:
    """In bands: an exact time is one child's alone."""
    if waited < timedelta(days=1):
        return _("waiting for help since today")
    if waited < timedelta(days=rules.SOME_DAYS):
        return _("waiting for help for some days")
    return _("waiting for help for a week or longer")


def reach_words(reach: str) -> str:
    """Way and days are always the same for a school: only whoever accepts reads them."""
    if reach == Brief.Reach.CANNOT:
        return str(Brief.Reach.CANNOT.label)
    return _("the school can receive somebody")


def way_words(brief: Brief) -> str:
    """For the counsellor who accepted."""
    parts = (str(Brief.Reach(brief.reach).label), weekday_words(brief.weekdays))
    return " · ".join(part for part in parts if part)


def weekday_words(days: Iterable[int]) -> str:
    return _(", ").join(str(dates.WEEKDAYS_ABBR[day - 1]) for day in sorted(days))


def digest_of(facts: dict[str, Any]) -> str:
    """Of what was on the screen: nothing goes into the queue that nobody has looked at."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def waiting_text(brief: Brief, at: datetime) -> str:
    return _("%(span)s in the shared queue; nobody has taken it yet") % {
        "span": span_text(at - brief.made_at)
    }


def day_words(at: datetime) -> str:
    return formats.date_format(timezone.localtime(at), "MONTH_DAY_FORMAT")


def queue_line(count: int) -> str:
    return ngettext("%(n)d child waits", "%(n)d children wait", count) % {"n": count}


def row_name() -> str:
    return pgettext("of several schools", "Shared queue")
