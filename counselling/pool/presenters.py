"""Briefs in words.

They are for counsellors who do not know the child, for its school, and for the pages of the queue.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import User
from core.days import day_and_month, weekday_names
from core.phones import readable
from counselling.models import Brief, Case
from counselling.pool import actions, policies, queries, rules
from counselling.pool.forms import BriefForm, OfferForm
from counselling.referrals.policies import who_may_agree
from guardians.models import Relation
from guardians.queries import usable_contact_points
from safeguarding.at_questions import are_of_self_harm
from safeguarding.models import Concern
from safeguarding.presenters import span_text
from safeguarding.queries import class_names
from safeguarding.urgency import urgency_of
from schools.policies import today_in

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


def refused_text(why: rules.Refused) -> str:
    return {
        rules.Refused.CLOSED: _("The concern is closed."),
        rules.Refused.RED: _(
            "Red does not wait in a queue: somebody must be with the child now. When the child is "
            "safe and you have set a new level, you can use the queue."
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
    """Return a text such as "9 to 11 years, grades 4 to 6"."""
    words = [AGES[age_band]() if age_band else "", GRADES[grade_band]() if grade_band else ""]
    return _(", ").join(word for word in words if word) or _("age not known")


def shown(
    concern: Concern, bands: dict[str, str], facts: dict[str, Any], at: datetime
) -> dict[str, Any]:
    """Return what counsellors of other schools read before one accepts (counselling/_brief.html).

    The form shows the same as the queue. Anything else stays at the school.
    """
    return {
        "child": of_child(bands["age_band"], bands["grade_band"]),
        "urgency": urgency_of(concern),
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
    """Return the labels in the order of the form."""
    return _("; ").join(str(label) for value, label in choices.choices if value in values)


def since_words(waited: timedelta) -> str:
    """Return the time in bands, because an exact time could identify a child."""
    if waited < timedelta(days=1):
        return _("waiting for help since today")
    if waited < timedelta(days=rules.SOME_DAYS):
        return _("waiting for help for some days")
    return _("waiting for help for a week or longer")


def reach_words(reach: str) -> str:
    """Return whether somebody can come.

    The journey and the days would identify a school, so only the counsellor who accepts reads them.
    """
    if reach == Brief.Reach.CANNOT:
        return str(Brief.Reach.CANNOT.label)
    return _("the school can receive somebody")


def way_words(brief: Brief) -> str:
    """Return the journey and the days, for the counsellor who accepted."""
    parts = (str(Brief.Reach(brief.reach).label), weekday_words(brief.weekdays))
    return " · ".join(part for part in parts if part)


def weekday_words(days: Iterable[int]) -> str:
    return _(", ").join(weekday_names()[day - 1] for day in sorted(days))


def digest_of(facts: dict[str, Any]) -> str:
    """Return a digest of what was on the screen.

    Nothing goes into the queue that nobody has looked at.
    """
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def day_words(at: datetime) -> str:
    return day_and_month(timezone.localdate(at))


def queue_line(count: int) -> str:
    return ngettext("%(n)d child waits", "%(n)d children wait", count) % {"n": count}


def row_name() -> str:
    return pgettext("of several schools", "Shared queue")


def pool_context(user: User, at: datetime) -> dict[str, Any]:
    """Return the queue of a counsellor and the switch of a principal. No text of a brief is opened here."""
    on = timezone.localdate(at)
    member = policies.membership_of(user, at)
    engaged = list(policies.engagements_of(user, at))
    return {
        "schools": [
            {"school": school, "joined": policies.pool_school(school.pk)}
            for school in policies.schools_to_join(user, on)
        ],
        "may_offer": policies.may_become_member(user, on),
        "member": member,
        "rows": [
            {
                "brief": brief,
                "url": reverse("counselling:brief", args=[brief.pk]),
                "shown": of_brief(brief, at),
            }
            for brief in queries.queue_of(user, at)
        ],
        "engaged": engaged,
        "room": member.capacity - len(engaged) if member else 0,
        "offer_form": OfferForm(
            initial={"capacity": member.capacity if member else rules.CAPACITY_USUAL}
        ),
    }


def has_pool(user: User, at: datetime) -> bool:
    """Return whether the page of the queue has something for `user`: a queue, or a school's switch."""
    on = timezone.localdate(at)
    return policies.may_become_member(user, on) or policies.schools_to_join(user, on).exists()


def brief_context(brief: Brief, user: User, at: datetime, ip: str | None) -> dict[str, Any]:
    """Open one brief and record the reading in the access log."""
    words = actions.read_brief(brief=brief, by=user, ip=ip)
    return {
        "brief": brief,
        "shown": of_brief(brief, at, words),
        "room": policies.room_of(user, at),
    }


def brief_form(concern: Concern, at: datetime, data=None) -> BriefForm:
    student, on = concern.student, today_in(concern.school, at)
    # Suggest what was last entered for the school. Nobody reads it before accepting; otherwise two briefs of
    # one school could be recognised.
    last = Brief.objects.filter(school=concern.school_id).order_by("-made_at").first()
    usual = {"reach": last.reach, "weekdays": last.weekdays} if last else {}
    return BriefForm(
        data,
        adults=who_may_agree(student, on),
        is_of_self_harm=are_of_self_harm([concern]),
        known=queries.known_of(student, at),
        today=on,
        initial={"key": uuid.uuid4(), "language": Brief.Language.STANDARD, **usual},
    )


def preview(concern: Concern, form: BriefForm, at: datetime) -> dict[str, Any]:
    return shown(concern, queries.bands_of(concern.student, at), form.shown, at)


def concern_context(concern: Concern, user: User, at: datetime) -> dict[str, Any]:
    """Return what a concern's page shows about the queue; {} if there is nothing to show or offer."""
    brief, engagement = queries.waiting_brief_of(concern), queries.engagement_of(concern, at)
    is_offered = not concern.closed_at and policies.may_hand_on(user, concern, at)
    is_offered = is_offered and policies.pool_school(concern.school_id) is not None
    if not (brief or engagement or is_offered):
        return {}
    status = _status(brief, engagement, at)
    may_act = policies.may_hand_on(user, concern, at)
    return {"pool": {**status, "is_offered": is_offered, "may_take_back": may_act}}


def status_context(concern: Concern, at: datetime) -> dict[str, Any]:
    """Return the state, for people who may put the concern into the queue."""
    brief, engagement = queries.waiting_brief_of(concern), queries.engagement_of(concern, at)
    status = _status(brief, engagement, at)
    return {**status, "may_take_back": True} if status else {}


def _status(brief: Brief | None, engagement, at: datetime) -> dict[str, Any]:
    if engagement is not None:
        guest = engagement.user
        taken = _("%(name)s, counsellor of another school, took it on %(day)s") % {
            "name": guest.name,
            "day": day_words(engagement.from_at),
        }
        return {
            "text": taken,
            "phone": guest.phone,
            "phone_text": readable(guest.phone),
            "seen": str(engagement.pk),
        }
    if brief is None:
        return {}
    is_late = brief.late_at <= at
    return {
        "text": _("%(span)s in the shared queue; nobody has taken it yet")
        % {"span": span_text(at - brief.made_at)},
        "code": brief.code,
        "seen": str(brief.pk),
        "is_late": is_late,
        "is_hidden": not policies.waiting(at).filter(pk=brief.pk).exists(),
    }


def colleagues(case: Case, at: datetime) -> list[dict[str, str]]:
    """Return whom a counsellor of another school can phone at the child's school."""
    return [
        {"name": one.name, "phone": one.phone, "phone_text": readable(one.phone)}
        for one in queries.colleagues_near(case, at)
    ]


def guest_context(case: Case, at: datetime) -> dict[str, Any]:
    """Return the minimum of the file for a counsellor of another school.

    That is where the child goes to school, and whom they may phone at home and at the school.
    """
    student = case.student
    running = case.engagements.filter(ended_at=None).select_related("brief").first()
    ties = list(queries.family_to_phone(case, at))
    points = usable_contact_points().filter(
        adult_id__in=[tie.adult_id for tie in ties], kind="phone"
    )
    phones: dict[int, str] = {}
    for point in points:
        phones.setdefault(point.adult_id, point.address)
    return {
        "class_name": class_names([student.pk], at).get(student.pk, ""),
        "school": case.school,
        "way": way_words(running.brief) if running else "",
        "family": [
            {
                "relation": str(Relation(tie.relation).label),
                "name": tie.adult.name,
                "phone": phones.get(tie.adult_id, ""),
                "phone_text": readable(phones.get(tie.adult_id, "")),
            }
            for tie in ties
        ],
        "colleagues": colleagues(case, at),
    }
