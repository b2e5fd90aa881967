"""Who may read and write in a thread.

At the school: its owner, earlier owners and the child's class teacher. Others may learn that it exists if
a post grants it, and may read it for a reason, which we record (Minors Protection Law, Art. 63: nobody
reads a child's private words without need). In the family: the adults in it and nobody else, so that
separated parents do not read each other's messages.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404

from accounts.models import User
from core.per_page import once
from core.prepared import prepared, read_first
from delivery.models import IncomingMessage
from guardians.blocking.policies import who_may_hear_of
from guardians.models import Adult, Guardianship
from guardians.queries import (
    addresses_of_blocked,
    current_guardianships,
    informed_guardianships,
    may_be_written_to,
)
from schools.models import Post, School, holds_on
from schools.policies import school_ids_where
from schools.roles import Permission, roles_with
from students.models import Student
from students.policies import barred_ids, children_of_own_classes
from threads.models import (
    CallBack,
    HandOver,
    Phrase,
    Reading,
    Routing,
    Thread,
    ThreadAdult,
    ThreadMessage,
)
from threads.rules import READING_HOURS


@read_first
def _handed_to(user: User) -> list[int]:
    return once(("threads.handed", user.pk), lambda: _handed(user_id=user.pk))


@prepared
def _handed(*, user_id) -> QuerySet[Any]:
    return HandOver.objects.filter(to_user_id=user_id).values_list("thread_id", flat=True)


def _barred(user: User, on: date) -> Q:
    """Match threads about a child whose file is closed to `user`, or with an adult of that child."""
    children = barred_ids(user)
    around = current_guardianships(on).filter(student_id__in=children).values("adult_id")
    people = ThreadAdult.objects.filter(adult_id__in=around).values("thread_id")
    return Q(student_id__in=children) | Q(pk__in=people)


def threads_in_hand(user: User, on: date) -> QuerySet[Thread]:
    """Return threads that `user` may read and write in.

    These are their own, those handed over to them, and those about their class.
    """
    own = Q(owner_id=user.pk) | Q(pk__in=_handed_to(user))
    own |= Q(student_id__in=children_of_own_classes(user, on))
    schools = school_ids_where(user, Permission.WORK_CHECK_INS, on)
    return Thread.objects.filter(own, school_id__in=schools).exclude(_barred(user, on))


def threads_known_to(user: User, on: date) -> QuerySet[Thread]:
    """Return threads of which `user` may know who is waiting for whom since when, but not the messages."""
    schools = school_ids_where(user, Permission.READ_THREADS, on)
    return Thread.objects.filter(school_id__in=schools).exclude(_barred(user, on))


def threads_readable_by(user: User, on: date, at: datetime) -> QuerySet[Thread]:
    """Return threads in hand, and those opened with a reason within READING_HOURS."""
    since = at - timedelta(hours=READING_HOURS)
    opened = Reading.objects.filter(user=user, at__gt=since).values_list("thread_id", flat=True)
    read = threads_known_to(user, on).filter(pk__in=list(opened))
    return Thread.objects.filter(
        Q(pk__in=threads_in_hand(user, on).values("pk")) | Q(pk__in=read.values("pk"))
    )


def get_thread_in_hand(user: User, pk: int, on: date) -> Thread:
    return _one(threads_in_hand(user, on), pk)


def get_thread_known_to(user: User, pk: int, on: date) -> Thread:
    """Return a thread that `user` may hand over or open with a reason."""
    found = threads_in_hand(user, on).filter(pk=pk).first()
    return _one(Thread.objects, pk) if found else _one(threads_known_to(user, on), pk)


def _one(rows, pk: int) -> Thread:
    found = rows.select_related("school", "student", "owner").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def is_readable(user: User, thread: Thread, on: date, at: datetime) -> bool:
    return threads_readable_by(user, on, at).filter(pk=thread.pk).exists()


def is_in_hand(user: User, thread: Thread, on: date) -> bool:
    return threads_in_hand(user, on).filter(pk=thread.pk).exists()


def get_message_for(user: User, pk: int, on: date, at: datetime) -> ThreadMessage:
    """Return a message whose photo or voice this member of staff may open."""
    rows = ThreadMessage.objects.filter(thread__in=threads_readable_by(user, on, at))
    found = rows.select_related("photo", "voice", "thread").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def colleagues(school: School, student: Student | None, on: date) -> QuerySet[User]:
    """Return staff who work with families here and to whom the child's file is not closed."""
    posts = Post.objects.filter(
        holds_on(on), school=school, role__in=roles_with(Permission.WORK_CHECK_INS)
    )
    found = User.objects.filter(pk__in=posts.values("user_id"), is_active=True).order_by("name")
    if student is None:
        return found
    return who_may_hear_of(found, student)


def call_backs_in_force(on: date) -> QuerySet[CallBack]:
    """Return call-backs of adults who may still read their thread: nobody else is to be called about it."""
    places = _places(on).filter(thread_id=OuterRef("thread_id"), adult_id=OuterRef("adult_id"))
    return CallBack.objects.filter(Exists(places))


def call_backs_of(user: User, on: date) -> QuerySet[CallBack]:
    return call_backs_in_force(on).filter(thread__in=threads_in_hand(user, on))


def get_call_back_for(user: User, pk: int, on: date) -> CallBack:
    rows = call_backs_of(user, on).select_related("thread__school", "thread__student", "adult")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


# -- the holding tray -------------------------------------------------------------------------


def tray_for(user: User, on: date) -> QuerySet[Routing]:
    """Return messages without a certain sender.

    Users who see every child of the school get all of them; class teachers get those that can only come
    from families of their own class. Only users who may block adults get messages that a blocked adult
    may have sent. Messages from families with a child whose file is closed to the user are left out.
    """
    barring = school_ids_where(user, Permission.BLOCK_ADULTS, on)
    barred = Q(cause=Routing.Cause.BARRED)
    children = children_of_own_classes(user, on)
    # Messages from an address whose adults all belong to children of the user's own class.
    around = current_guardianships(on).filter(student_id__in=children).values("adult_id")
    at_address = Adult.objects.filter(
        school_id=OuterRef("school_id"),
        contact_points__address=OuterRef("incoming__address"),
        merged_into=None,
    )
    own = Routing.objects.filter(
        Exists(at_address), ~Exists(at_address.exclude(pk__in=around)), cause=Routing.Cause.SEVERAL
    )
    seen = Q(school_id__in=_schools_with_all(user, on)) | Q(pk__in=own.values("pk"))
    rows = Routing.objects.filter((seen & ~barred) | (Q(school_id__in=barring) & barred))
    return rows.exclude(incoming__address__in=_closed_addresses(user, on))


@read_first
def _schools_with_all(user: User, on: date) -> list[int]:
    """Return ids of schools where `user` works with families and sees every child."""
    everyone = school_ids_where(user, Permission.VIEW_ALL_CHILDREN, on)
    return [pk for pk in school_ids_where(user, Permission.WORK_CHECK_INS, on) if pk in everyone]


@read_first
def _closed_addresses(user: User, on: date) -> list[str]:
    """Return addresses of families with a child whose file is closed to `user`; usually there are none."""
    closed = barred_ids(user)
    if not closed:
        return []
    around = current_guardianships(on).filter(student_id__in=closed)
    family = Adult.objects.filter(pk__in=around.values("adult_id")).exclude(contact_points=None)
    return list(family.values_list("contact_points__address", flat=True))


def get_routing_for(user: User, pk: int, on: date) -> Routing:
    found = tray_for(user, on).select_related("incoming", "school").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def families_of(school_id: int, on: date) -> QuerySet[Adult]:
    """Return adults with a child here who are not blocked; a message in the tray may be theirs."""
    held = informed_guardianships(on).filter(adult_id=OuterRef("pk"))
    return Adult.objects.filter(
        Exists(held), school_id=school_id, blocked_at=None, merged_into=None
    ).prefetch_related(
        Prefetch("guardianships", current_guardianships(on).select_related("student", "adult"))
    )


def who_may_have_written(incoming: IncomingMessage, on: date) -> QuerySet[Adult]:
    """Return adults who may have written this; nobody if a blocked adult has the address."""
    rows = families_of(incoming.school_id, on)
    shared = addresses_of_blocked("school_id").filter(address=incoming.address)
    return rows.exclude(Exists(shared))


# -- the family -------------------------------------------------------------------------------


def own_places(adults, on: date) -> QuerySet[ThreadAdult]:
    """Return the places in threads that these adults, who are records of one person, hold today."""
    return _places(on).filter(adult__in=adults)


def _places(on: date) -> QuerySet[ThreadAdult]:
    held = informed_guardianships(on).filter(adult_id=OuterRef("adult_id"))
    about = held.filter(student_id=OuterRef("thread__student_id"))
    return ThreadAdult.objects.filter(
        (Q(thread__student=None) & Exists(held)) | Exists(about), adult__blocked_at=None
    )


def threads_of(adults, on: date) -> QuerySet[Thread]:
    return Thread.objects.filter(pk__in=own_places(adults, on).values("thread_id"))


def get_place(adults, thread_id: int, on: date) -> ThreadAdult:
    rows = own_places(adults, on).select_related(
        "adult", "thread__school", "thread__student", "thread__owner"
    )
    found = rows.filter(thread_id=thread_id).order_by("pk").first()
    if found is None:
        raise Http404
    return found


def get_family_message(adults, pk: int, on: date) -> ThreadMessage:
    rows = ThreadMessage.objects.filter(thread__in=threads_of(adults, on))
    found = rows.select_related("photo", "voice", "thread").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def who_may_be_written_to(student: Student, on: date) -> QuerySet[Guardianship]:
    """Return adults of the child's family to whom staff may write."""
    rows = informed_guardianships(on).filter(may_be_written_to(), student=student)
    return rows.select_related("adult").order_by("priority", "pk")


# -- phrases ----------------------------------------------------------------------------------


def phrases_for(user: User, school: School) -> QuerySet[Phrase]:
    """Return the school's phrases and the user's own."""
    return Phrase.objects.filter(Q(user=None) | Q(user=user), school=school, retired_at=None)


def get_phrase_for(user: User, pk: int, school: School, may_edit_school: bool) -> Phrase:
    own = Q(user=user) | Q(user=None) if may_edit_school else Q(user=user)
    found = Phrase.objects.filter(own, school=school, pk=pk).first()
    if found is None:
        raise Http404
    return found
