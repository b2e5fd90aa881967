"""Who may use a link of a check-in, and which children's check-ins a member of staff works on.

A link opens one act of one adult. Whatever is wrong with it, the caller learns only "no".
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from guardians.models import Adult, ContactPoint
from guardians.queries import addresses_of_blocked, current_guardianships
from messaging import links
from messaging.models import CheckIn, CheckInLine, FollowUp, OutboxMessage
from schools.models import Post, holds_on
from schools.roles import Role
from students.models import Enrolment
from students.policies import students_visible_to


@dataclass(frozen=True)
class OpenAct:
    """What one link opens: the question, who is asked, and about which children."""

    check_in: CheckIn
    adult: Adult
    lines: list[CheckInLine]

    @property
    def is_answered(self) -> bool:
        return self.check_in.state == CheckIn.State.ANSWERED

    @property
    def teacher(self) -> str:
        """Surname of the first child's class teacher; empty where nobody holds the post."""
        return next((line.teacher_name[:1] for line in self.lines if line.teacher_name), "")


def open_act(token: str, at: datetime, *, even_disputed: bool = False) -> OpenAct | None:
    """The act behind a link, or None: forged, cut off, expired, closed, blocked (the phone that it
    went to included), custody lost. A phone said to be somebody else's opens nothing any more.
    """
    link = links.read_token(token)
    if link is None:
        return None
    check_in = (
        _check_ins_with_addresses().filter(pk=link.check_in_id, adult_id=link.adult_id).first()
    )
    if check_in is None or not _may_open(check_in, at, even_disputed):
        return None
    lines = list(_lines_of(check_in, timezone.localdate(at)))
    return OpenAct(check_in, check_in.adult, lines) if lines else None


def _may_open(check_in: CheckIn, at: datetime, even_disputed: bool) -> bool:
    return (
        check_in.state != CheckIn.State.CLOSED
        and at < check_in.expires_at
        and not check_in.adult.is_blocked
        and not check_in.went_to_blocked
        and (even_disputed or not check_in.went_to_disputed)
    )


def _check_ins_with_addresses() -> QuerySet[CheckIn]:
    """Annotated with what is wrong with the addresses that the question was sent to, or, where
    nothing was sent yet, with the adult's own.
    """
    sent = OutboxMessage.objects.filter(check_in=OuterRef("pk")).exclude(address="")
    points = ContactPoint.objects.filter(adult_id=OuterRef("adult_id")).exclude(address="")
    blocked = addresses_of_blocked("school_id").filter(address=OuterRef("address"))
    disputed = points.filter(disputed_at__isnull=False)
    in_use = points.filter(disputed_at=None)
    return CheckIn.objects.select_related("adult", "school").annotate(
        went_to_blocked=Q(Exists(sent.filter(Exists(blocked))))
        | (~Q(Exists(sent)) & Q(Exists(points.filter(Exists(blocked))))),
        went_to_disputed=Q(Exists(disputed)) & ~Q(Exists(in_use)),
    )


def _lines_of(check_in: CheckIn, on: date) -> QuerySet[CheckInLine]:
    """Lines about children for whom the adult is still a guardian, with the class teacher's name."""
    held = current_guardianships(on).filter(
        adult_id=check_in.adult_id, student_id=OuterRef("student_id")
    )
    in_class = Enrolment.objects.filter(
        holds_on(on), student_id=OuterRef(OuterRef("student_id"))
    ).values("school_class_id")
    teachers = Post.objects.filter(
        holds_on(on),
        role=Role.CLASS_TEACHER,
        school_id=check_in.school_id,
        school_class_id__in=in_class,
    ).order_by("starts_on", "pk")
    return (
        CheckInLine.objects.filter(Exists(held), check_in=check_in)
        .select_related("student")
        .annotate(teacher_name=Subquery(teachers.values("user__name")[:1]))
        .order_by("student__born_on", "pk")
    )


def follow_ups_visible_to(user: User, on: date) -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(student__in=students_visible_to(user, on))


def get_follow_up_for(user: User, pk: int, on: date) -> FollowUp:
    """The task, or 404 for whoever may not see the child."""
    rows = follow_ups_visible_to(user, on).select_related("student", "school", "check_in__adult")
    follow_up = rows.filter(pk=pk).first()
    if follow_up is None:
        raise Http404
    return follow_up
