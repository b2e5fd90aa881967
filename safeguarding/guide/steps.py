"""The guide for "self-harm likely now": what to do in which order, whom to phone, what has been done.

It asks no questions before it helps, sends nothing automatically and judges nothing: the adult beside the
child reads down the list, phones and ticks. Source of the order: Mental Health Law Art. 16, 28 (the school
acts and sends for a diagnosis, but makes none); the hotlines are the school's own (schools.hotlines).
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.phones import readable
from guardians.models import ContactPoint
from guardians.presenters import named
from guardians.queries import approachable, informed_guardianships, usable_contact_points
from safeguarding.models import Concern, GuideTick
from safeguarding.policies import concerns_visible_to, handling_posts
from safeguarding.presenters import moment
from schools import hotlines
from schools.models import Post
from schools.policies import today_in
from schools.roles import Role
from students.models import Student

Step = GuideTick.Step
AT_ONCE = 4  # steps that cannot wait until the others are done
HOURS = 24  # how long a tick counts as part of what is happening now
AMBULANCE = "120"
WORDS = {
    Step.STAY: gettext_lazy(
        "Sit with the child and do not leave them for a minute, even at the toilet. Say that you are there,"
        " that telling you was right, and that you will find help together. Do not promise to keep it secret."
    ),
    Step.MEANS: gettext_lazy(
        "Quietly: knives, scissors, glass, cords, tablets, pesticide; windows, roof and water. At home "
        "too: ask the family to lock pesticide and medicine away."
    ),
    Step.RESCUE: gettext_lazy(
        "If the child is hurt, has swallowed something, or cannot be held off: phone first, tell the "
        "others after. Keep what was swallowed, with its label."
    ),
    Step.COUNSELLOR: gettext_lazy(
        "They come to you; you stay. If nobody answers, the next in line."
    ),
    Step.PRINCIPAL: gettext_lazy(
        "They arrange cover for your lessons and keep the way out of the school clear."
    ),
    Step.FAMILY: gettext_lazy(
        "By voice, the same day, never by a message: what was seen, that the child is safe now, what "
        "happens next. Do not tell a person the child is afraid of."
    ),
    Step.DOCTOR: gettext_lazy(
        "The hospital decides what it is; the school does not. Somebody the child trusts goes along."
    ),
    Step.HANDED: gettext_lazy(
        "By name, to an adult who stays through the night. Agree who phones tomorrow morning, and when."
    ),
}


def tick(
    *,
    student: Student,
    by: User,
    step: str,
    who: str,
    is_taken_back: bool,
    at: datetime,
    key: uuid.UUID,
) -> GuideTick:
    """Record a step as done or taken back. Nothing changes if `key` is already on record."""
    facts = {
        "school_id": student.school_id,
        "student": student,
        "step": Step(step),
        "who": who,
        "is_taken_back": is_taken_back,
        "by": by,
        "at": at,
    }
    return GuideTick.objects.get_or_create(key=key, defaults=facts)[0]


def context(student: Student, user: User, at: datetime) -> dict[str, Any]:
    on = today_in(student.school, at)
    rows = GuideTick.objects.filter(student=student, at__gt=at - timedelta(hours=HOURS))
    latest = {row.step: row for row in rows.select_related("by").order_by("at", "pk")}
    done = {step: row for step, row in latest.items() if not row.is_taken_back}
    phones = _phones(student, on, at)
    steps = []
    for step in Step:
        tick = done.get(step)
        told = {"name": tick.by.name, "at": moment(tick.at)} if tick else {}
        steps.append(
            {
                "step": step,
                "label": step.label,
                "words": WORDS[step],
                "phones": phones.get(step, []),
                "done": {"who": tick.who, "text": _("%(name)s, %(at)s") % told} if tick else None,
                "key": uuid.uuid4(),
            }
        )
    # Only red concerns that `user` may see: the page says nothing about others.
    red = concerns_visible_to(user, on).filter(student=student, level=Concern.Level.RED)
    in_hand = red.filter(closed_at=None, acknowledged_at__isnull=False)
    return {
        "student": student,
        "steps": steps,
        # On a phone the second half is folded until the first is done or somebody has ticked a later step.
        "further": _("; ").join(str(one["label"]) for one in steps[AT_ONCE:]),
        "is_further_open": all(one["done"] for one in steps[:AT_ONCE])
        or any(one["done"] for one in steps[AT_ONCE:]),
        "talk_lines": hotlines.of(student.school),
        "duty_phone": student.school.phone,
        "is_in_hand": in_hand.exists(),
        "at": at,
    }


def _phones(student: Student, on, at: datetime) -> dict[Step, list[dict[str, str]]]:
    near = handling_posts(student.school_id, student.pk, on, at).select_related("user")
    posts = list(near.order_by("-is_rostered", "-is_duty", "starts_on", "pk"))
    # Carers at home first, then the parents; nobody who is blocked or must not be asked about.
    ties = informed_guardianships(on).filter(approachable(), student=student)
    adults = {
        tie.adult_id: named(tie)
        for tie in ties.select_related("adult").order_by("kind", "priority", "pk")
    }
    points = usable_contact_points().filter(adult_id__in=adults, kind=ContactPoint.Kind.PHONE)
    numbers = {point.adult_id: point.address for point in points.order_by("-priority")}
    return {
        Step.RESCUE: [
            {"number": AMBULANCE, "text": AMBULANCE, "who": _("Ambulance")},
            {"number": hotlines.POLICE, "text": hotlines.POLICE, "who": _("Police")},
        ],
        Step.COUNSELLOR: _colleagues(posts, Role.COUNSELLOR),
        Step.PRINCIPAL: _colleagues(posts, Role.PRINCIPAL),
        Step.FAMILY: [
            {"number": numbers[pk], "text": readable(numbers[pk]), "who": who}
            for pk, who in adults.items()
            if pk in numbers
        ],
    }


def _colleagues(posts: list[Post], role: str) -> list[dict[str, str]]:
    people = {post.user_id: post.user for post in posts if post.role == role}
    return [
        {"number": user.phone, "text": readable(user.phone), "who": user.name}
        for user in people.values()
    ]
