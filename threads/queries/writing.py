"""What an action needs to know before it writes a message."""

from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from guardians.models import Adult
from guardians.queries import informed_guardianships
from schools.models import Post, holds_on
from schools.policies import today_in
from schools.roles import Permission, Role, roles_with
from students.models import Barrier, Student
from students.queries import class_teachers
from threads.models import Sighting, Thread, ThreadAdult, ThreadMessage


def words(thread: Thread) -> QuerySet[ThreadMessage]:
    """Return people's messages, newest first."""
    rows = ThreadMessage.objects.filter(thread=thread)
    return rows.exclude(via=ThreadMessage.Via.AUTOMATIC).order_by("-at", "-pk")


def latest_word(thread: Thread) -> ThreadMessage | None:
    return words(thread).first()


def last_word_at(thread: Thread) -> datetime | None:
    return words(thread).values_list("at", flat=True).first()


def latest_from_family(thread: Thread) -> ThreadMessage | None:
    return words(thread).filter(adult__isnull=False).first()


def first_unseen(thread: Thread, user: User) -> ThreadMessage | None:
    """Return the first message of the family that has not been on the screen of this member of staff.

    Of those that wait for an answer or, if none does, the latest.
    """
    theirs = words(thread).filter(adult__isnull=False)
    if thread.state == Thread.State.WAITING_SCHOOL:
        theirs = theirs.filter(at__gte=thread.waiting_since)
    else:
        theirs = theirs.filter(pk__in=theirs.values("pk")[:1])
    seen = Sighting.objects.filter(message=OuterRef("pk"), user=user)
    return theirs.exclude(Exists(seen)).last()


def turns(thread: Thread) -> QuerySet[Any]:
    """Return whose turn it has been and since when, by the history of the thread, newest first."""
    history = Thread.pgh_event_model.objects  # type: ignore[attr-defined]
    return history.filter(pgh_obj=thread.pk).order_by("-pgh_id")


def turn_before(message: ThreadMessage) -> Any:
    """Return whose turn it was until this message came into its thread; None if it began it."""
    rows = turns(message.thread)
    came = rows.filter(last_at=message.at).last()
    return came and rows.filter(pgh_id__lt=came.pgh_id).first()


def last_back_at(thread: Thread) -> datetime | None:
    """Return the time by which the last automatic reply promised an answer."""
    rows = ThreadMessage.objects.filter(thread=thread, via=ThreadMessage.Via.AUTOMATIC)
    return rows.order_by("-at", "-pk").values_list("back_at", flat=True).first()


def children_of(adult: Adult, at: datetime) -> list[Student]:
    """Return the children whose page this adult may see today, eldest first."""
    held = informed_guardianships(today_in(adult.school, at)).filter(adult=adult)
    return list(Student.objects.filter(pk__in=held.values("student_id")).order_by("born_on", "pk"))


def only_child(adult: Adult, at: datetime) -> Student | None:
    """Return the adult's only child; None unless there is exactly one.

    A message without a child is about this one.
    """
    children = children_of(adult, at)
    return children[0] if len(children) == 1 else None


def owner_for(student: Student | None, adult: Adult, at: datetime) -> User | None:
    """Return who is to answer: the class teacher of the child, or of the adult's children, eldest first.

    Otherwise the principal or a counsellor: first one whose post `is_duty`, then the principal. People to
    whom the file of one of these children is closed are left out. None if nobody holds such a post.
    """
    children = [student] if student else children_of(adult, at)
    on = today_in(adult.school, at)
    posts = Post.objects.filter(holds_on(on), school=adult.school, user__is_active=True)
    barred = Barrier.objects.filter(student__in=children, lifted_at=None)
    posts = posts.exclude(user__in=barred.values("user_id"))
    for child in children:
        teaching = class_teachers(child, on).filter(pk__in=posts.values("pk"))
        if found := teaching.select_related("user").first():
            return found.user
    leading = posts.filter(role__in=[Role.COUNSELLOR, Role.PRINCIPAL]).select_related("user")
    found = leading.order_by("-is_duty", "-role", "starts_on", "pk").first()
    return found.user if found else None


def owner_can_answer(on: date) -> Q:
    """Match threads whose owner works with families at that school today and may see all its children.

    It is the condition of `policies.threads_in_hand`, from the side of the thread.
    """
    posts = Post.objects.filter(
        holds_on(on),
        user=OuterRef("owner"),
        school=OuterRef("school"),
        user__is_active=True,
        role__in=roles_with(Permission.WORK_CHECK_INS),
    )
    around = ThreadAdult.objects.filter(
        holds_on(on, "adult__guardianships__"),
        thread=OuterRef(OuterRef("pk")),
        adult__guardianships__student=OuterRef("student"),
    )
    barred = Barrier.objects.filter(
        Q(student=OuterRef("student")) | Exists(around), user=OuterRef("owner"), lifted_at=None
    )
    return Q(Exists(posts), ~Exists(barred))
