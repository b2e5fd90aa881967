"""The one act that a link opens: who is asked, about which children, and whether the link is still valid.

Whatever is wrong with a link, the caller only gets a "no".
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from core import walls
from core.prepared import Question, ask_together, joined, prepared
from delivery.models import OutboxMessage
from delivery.sentences.queries import voices_question
from guardians.models import Adult, ContactPoint
from guardians.queries import (
    current_guardianships,
    is_address_of_blocked,
    usable_contact_points,
)
from messaging import links
from messaging.models import CheckIn, CheckInLine, CheckInPlan, Reply
from messaging.queries.sent import sent_for
from students.queries import class_teachers


@dataclass(frozen=True)
class OpenAct:
    check_in: CheckIn
    adult: Adult
    lines: list[CheckInLine]
    contact_point_id: int | None = None

    @property
    def is_answered(self) -> bool:
        return self.check_in.state == CheckIn.State.ANSWERED

    @property
    def teacher(self) -> str:
        """Return the surname of the first child's class teacher; "" if nobody holds the post."""
        names = [getattr(line, "teacher_name", "") or "" for line in self.lines]
        return next((name[:1] for name in names if name), "")

    @property
    def last_key(self) -> str:
        """Return the key of the tap that counts now; "" if none does."""
        rows = Reply.objects.filter(line__check_in=self.check_in, act=Reply.Act.ANSWER)
        return rows.order_by("-at", "-pk").values_list("key", flat=True).first() or ""

    def has_taken(self, key: str, answers: dict[int, str]) -> bool:
        """Return whether this tap came before, or only repeats the answers that are already recorded."""
        if Reply.objects.filter(line__check_in=self.check_in, key=key).exists():
            return True
        return all(answers.get(line.student_id) == line.answer for line in self.lines)

    @property
    def next_question_on(self) -> date | None:
        children = [line.student_id for line in self.lines]
        plans = CheckInPlan.objects.filter(student_id__in=children, ended_on=None)
        return plans.order_by("next_due_on").values_list("next_due_on", flat=True).first()

    @property
    def written_to(self) -> list[int]:
        """Return the contact points that the link was sent to: the one it names, or all of this question."""
        if self.contact_point_id:
            return [self.contact_point_id]
        sent = sent_for([self.check_in.pk]).filter(contact_point__isnull=False)
        return list(sent.order_by().values_list("contact_point_id", flat=True).distinct())


@walls.every_school("a link says whose it is, and so the school")
def open_act(token: str, at: datetime, *, even_disputed: bool = False) -> OpenAct | None:
    """Return the act behind a link, or None.

    None if the link is forged, cut off, expired or closed, if the adult or the phone that it was sent to is
    blocked, or if the adult has lost custody. A phone that is said to be somebody else's opens nothing any
    more.
    """
    link = links.read_token(token=token)
    if link is None or not link.is_open(at) or link.check_in.state == CheckIn.State.CLOSED:
        return None
    check_in = link.check_in
    if check_in.as_carer:
        # The carer at home answers about a parent, but only as long as we may ask about that parent.
        about = check_in.first.adult if check_in.first else None
        if about is None or about.is_blocked or not about.may_be_asked_about:
            return None
    of_link = {"check_in_id": check_in.pk, "contact_point_id": link.contact_point_id}
    ask_together(
        [
            _points_of.question(adult_id=link.adult.pk),
            *([_sent_to.question(**of_link)] if link.contact_point_id else []),
            _lines.question(**_of_lines(check_in, timezone.localdate(at))),
            # For the ears of the page, unless another language was chosen on this phone.
            voices_question(link.adult.school_id, link.adult.language),
        ]
    )
    points = _points_of(adult_id=link.adult.pk)
    if link.contact_point_id:
        points = [point for point in points if point["pk"] == link.contact_point_id]
        # A link sent to an address that is no longer this adult's opens nothing: who has it now
        # may be a blocked adult who kept the phone, or a stranger with the old number.
        now = points[0]["address"] if points else None
        sent = dict(_sent_to(**of_link))
        if now is None or any(sent.values()) or (sent and now not in sent):
            return None
    # A link that names no contact point is valid only if none of the adult's contact points is shared or
    # disputed.
    for point in points:
        if point["is_shared"] or (point["disputed_at"] and not even_disputed):
            return None
    lines = lines_for(check_in, timezone.localdate(at))
    return OpenAct(check_in, link.adult, lines, link.contact_point_id) if lines else None


@prepared
def _points_of(*, adult_id) -> QuerySet[Any]:
    """Query an adult's addresses. `is_shared`: a blocked adult of the school has the same address."""
    points = ContactPoint.objects.filter(adult_id=adult_id).exclude(address="")
    rows = points.annotate(is_shared=is_address_of_blocked())
    return rows.values("pk", "address", "disputed_at", "is_shared")


@prepared
def _sent_to(*, check_in_id, contact_point_id) -> QuerySet[Any]:
    sent = OutboxMessage.objects.filter(
        kind=OutboxMessage.Kind.CHECK_IN, about_id=check_in_id, contact_point_id=contact_point_id
    ).exclude(address="")
    return sent.annotate(is_barred=is_address_of_blocked()).values_list("address", "is_barred")


def lines_for(check_in: CheckIn, on: date) -> list[CheckInLine]:
    """Return lines about children whose guardian the adult still is, with the class teacher's name."""
    return _lines(**_of_lines(check_in, on))


def _of_lines(check_in: CheckIn, on: date) -> dict[str, Any]:
    return {
        "check_in_id": check_in.pk,
        "adult_id": check_in.adult_id,
        "school_id": check_in.school_id,
        "on": on,
    }


@prepared
def _lines(*, check_in_id, adult_id, school_id, on) -> QuerySet[CheckInLine]:
    held = current_guardianships(on).filter(adult_id=adult_id, student_id=OuterRef("student_id"))
    teachers = class_teachers(OuterRef(OuterRef("student_id")), on).filter(school_id=school_id)
    rows = CheckInLine.objects.filter(Exists(held), check_in_id=check_in_id)
    rows = rows.annotate(teacher_name=Subquery(teachers.values("user__name")[:1]))
    return joined(rows, "student__name").order_by("student__born_on", "pk")


def open_links(adult_ids: Collection[int], at: datetime) -> dict[int, str]:
    """Return, for each child, the token of the question that is still open, for a signed-in adult."""
    rows = _open_lines(adult_ids=adult_ids, at=at)
    return {
        child: links.token_for(check_in_id=check_in, adult_id=adult)
        for child, check_in, adult in rows
    }


def link_questions(adult_ids: Collection[int], at: datetime) -> list[Question]:
    """Return the query that `open_links` runs."""
    return [_open_lines.question(adult_ids=adult_ids, at=at)]


@prepared
def _open_lines(*, adult_ids, at) -> QuerySet[Any]:
    lines = CheckInLine.objects.filter(
        check_in__adult_id__in=adult_ids,
        check_in__expires_at__gt=at,
        check_in__state__in=[
            CheckIn.State.WAITING,
            CheckIn.State.NOT_YET,
            CheckIn.State.ASKED_AGAIN,
            CheckIn.State.NOBODY_REACHED,
        ],
    )
    return lines.order_by("check_in__due_on").values_list(
        "student_id", "check_in_id", "check_in__adult_id"
    )


@walls.every_school("a link says whose it is, and so the school")
def address_for_new_link(token: str) -> str:
    """Return the registered address to which a new link may be sent, for an open or an expired link."""
    link = links.read_token(token=token)
    if link is None:
        return ""
    points = usable_contact_points().filter(adult_id=link.adult.pk, kind__in=ContactPoint.TYPED)
    named = points.filter(pk=link.contact_point_id).first() if link.contact_point_id else None
    point = named or points.first()
    return point.address if point else ""
