"""What the pages of the shared queue show, ready for the templates."""

import uuid
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from counselling.models import Brief, Case
from counselling.pool import actions, policies, presenters, queries, rules
from counselling.pool.forms import BriefForm, OfferForm
from counselling.referrals.policies import who_may_agree
from guardians.models import Relation
from guardians.phones import readable
from guardians.queries import usable_contact_points
from safeguarding.models import Concern
from safeguarding.queries import class_names
from schools.policies import today_in


def pool_context(user: User, at: datetime) -> dict[str, Any]:
    """The queue of a counsellor, and the switch of a principal; no word of a brief is opened here."""
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
                "shown": presenters.of_brief(brief, at),
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
    """Whether the page of the queue has something for `user`: a queue, or a school's switch."""
    on = timezone.localdate(at)
    return policies.may_become_member(user, on) or policies.schools_to_join(user, on).exists()


def brief_context(brief: Brief, user: User, at: datetime, ip: str | None) -> dict[str, Any]:
    """One brief, opened: this is a reading and stands in the access log."""
    words = actions.read_brief(brief=brief, by=user, ip=ip)
    return {
        "brief": brief,
        "shown": presenters.of_brief(brief, at, words),
        "room": policies.room_of(user, at),
    }


def brief_form(concern: Concern, at: datetime, data=None) -> BriefForm:
    student, on = concern.student, today_in(concern.school, at)
    return BriefForm(
        data,
        adults=who_may_agree(student, on),
        known=queries.known_of(student, at),
        today=on,
        initial=_initial(concern),
    )


def _initial(concern: Concern) -> dict[str, Any]:
    """What holds for the school, as it was written last; none of it is read before one accepts, or it would
    tell that two briefs are of one school.
    """
    last = Brief.objects.filter(school=concern.school_id).order_by("-made_at").first()
    usual = {"reach": last.reach, "weekdays": last.weekdays} if last else {}
    return {"key": uuid.uuid4(), "language": Brief.Language.STANDARD, **usual}


def preview(concern: Concern, form: BriefForm, at: datetime) -> dict[str, Any]:
    return presenters.shown(concern, queries.bands_of(concern.student, at), form.shown, at)


def concern_context(concern: Concern, user: User, at: datetime) -> dict[str, Any]:
    """What a concern's page says of the queue; {} where the school does not use it and nobody has."""
    brief, engagement = queries.waiting_brief_of(concern), queries.engagement_of(concern, at)
    is_offered = not concern.closed_at and policies.may_hand_on(user, concern, at)
    is_offered = is_offered and policies.pool_school(concern.school_id) is not None
    if not (brief or engagement or is_offered):
        return {}
    status = _status(brief, engagement, at)
    may_act = policies.may_hand_on(user, concern, at)
    return {"pool": {**status, "is_offered": is_offered, "may_take_back": may_act}}


def status_context(concern: Concern, at: datetime) -> dict[str, Any]:
    """For whoever may hand it on."""
    brief, engagement = queries.waiting_brief_of(concern), queries.engagement_of(concern, at)
    status = _status(brief, engagement, at)
    return {**status, "may_take_back": True} if status else {}


def _status(brief: Brief | None, engagement, at: datetime) -> dict[str, Any]:
    if engagement is not None:
        guest = engagement.user
        taken = _("%(name)s, counsellor of another school, took it on %(day)s") % {
            "name": guest.name,
            "day": presenters.day_words(engagement.from_at),
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
        "text": presenters.waiting_text(brief, at),
        "code": brief.code,
        "seen": str(brief.pk),
        "is_late": is_late,
        "is_hidden": not policies.waiting(at).filter(pk=brief.pk).exists(),
    }


def colleagues(case: Case, at: datetime) -> list[dict[str, str]]:
    """Whom at the child's school a counsellor of another school phones."""
    return [
        {"name": one.name, "phone": one.phone, "phone_text": readable(one.phone)}
        for one in queries.colleagues_near(case, at)
    ]


def guest_context(case: Case, at: datetime) -> dict[str, Any]:
    """The minimum of the file for a counsellor of another school: where the child goes to school, whom
    they may phone at home and at the school.
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
        "way": presenters.way_words(running.brief) if running else "",
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
