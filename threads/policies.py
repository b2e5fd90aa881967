"""Who may read and write in a thread.

At the school: its owner, whoever had it in hand, the child's class teacher. Others may learn that it exists
where a post grants it, and read it with a reason that is written down (Minors Protection Law, Art. 63: a
child's private words are not read without need). In the family: the adults who are in it, and nobody else,
so that separated parents do not read each other.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404

from accounts.models import User
from core.per_page import once
from core.prepared import read_first
from delivery.models import IncomingMessage
from guardians.models import Adult, Guardianship
from guardians.queries import addresses_of_blocked, current_guardianships
from schools.models import Post, School, holds_on
from schools.policies import school_ids_where
from schools.roles import Permission, roles_with
from students.models import Barrier, Student
from students.policies import barred_ids, children_of_own_classes
from threads.models import (
    CallBack,
    HandOver,
    Landing,
    Phrase,
    Reading,
    Thread,
    ThreadAdult,
    ThreadMessage,
)
from threads.rules import READING_HOURS


@read_first
def _handed_to(user: User) -> list[int]:
    rows = HandOver.objects.filter(to_user=user)
    return once(("threads.handed", user.pk), lambda: list(rows.values_list("thread_id", flat=True)))


def _barred(user: User, on: date) -> Q:
    """Threads about a child from whose file `user` is barred, or with anybody around that child."""
    children = barred_ids(user)
    around = current_guardianships(on).filter(student_id__in=children).values("adult_id")
    people = ThreadAdult.objects.filter(adult_id__in=around).values("thread_id")
    return Q(student_id__in=children) | Q(pk__in=people)


def threads_in_hand(user: User, on: date) -> QuerySet[Thread]:
    """Threads that `user` may read and write in: their own, handed to them, or of their class."""
    own = Q(owner_id=user.pk) | Q(pk__in=_handed_to(user))
    own |= Q(student_id__in=children_of_own_classes(user, on))
    schools = school_ids_where(user, Permission.WORK_CHECK_INS, on)
    return Thread.objects.filter(own, school_id__in=schools).exclude(_barred(user, on))


def threads_known_to(user: User, on: date) -> QuerySet[Thread]:
    """Threads of which `user` may know who waits for whom since when; not what was said."""
    schools = school_ids_where(user, Permission.READ_THREADS, on)
    return Thread.objects.filter(school_id__in=schools).exclude(_barred(user, on))


def threads_readable_by(user: User, on: date, at: datetime) -> QuerySet[Thread]:
    """Threads in hand, and those opened with a reason within the last hours."""
    since = at - timedelta(hours=READING_HOURS)
    opened = Reading.objects.filter(user=user, at__gt=since).values_list("thread_id", flat=True)
    read = threads_known_to(user, on).filter(pk__in=list(opened))
    return Thread.objects.filter(
        Q(pk__in=threads_in_hand(user, on).values("pk")) | Q(pk__in=read.values("pk"))
    )


def get_thread_in_hand(user: User, pk: int, on: date) -> Thread:
    return _one(threads_in_hand(user, on), pk)


def get_thread_known_to(user: User, pk: int, on: date) -> Thread:
    """In hand, or known: what may be handed over or opened with a reason."""
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
    """A message whose photo or voice this member of staff may have."""
    rows = ThreadMessage.objects.filter(thread__in=threads_readable_by(user, on, at))
    found = rows.select_related("photo", "voice", "thread").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def colleagues(school: School, student: Student | None, on: date) -> QuerySet[User]:
    """Who can answer a family: whoever works with families here and is not barred from the child."""
    posts = Post.objects.filter(
        holds_on(on), school=school, role__in=roles_with(Permission.WORK_CHECK_INS)
    )
    found = User.objects.filter(pk__in=posts.values("user_id"), is_active=True).order_by("name")
    if student is None:
        return found
    barred = Barrier.objects.filter(student=student, lifted_at=None)
    blocked = Guardianship.objects.filter(
        student=student, adult__blocked_at__isnull=False, adult__user__isnull=False
    )
    return found.exclude(pk__in=barred.values("user_id")).exclude(
        pk__in=blocked.values("adult__user_id")
    )


def call_backs_of(user: User, on: date) -> QuerySet[CallBack]:
    return CallBack.objects.filter(thread__in=threads_in_hand(user, on))


def get_call_back_for(user: User, pk: int, on: date) -> CallBack:
    rows = call_backs_of(user, on).select_related("thread__school", "thread__student", "adult")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


# -- the holding tray -------------------------------------------------------------------------


def tray_for(user: User, on: date) -> QuerySet[Landing]:
    """What nobody could place. For those who see every child of the school; a class teacher sees what can
    only have come from families of the own class; a blocked adult's words only those who may block.
    """
    whole = set(school_ids_where(user, Permission.WORK_CHECK_INS, on)) & set(
        school_ids_where(user, Permission.VIEW_ALL_CHILDREN, on)
    )
    barring = school_ids_where(user, Permission.BLOCK_ADULTS, on)
    children = children_of_own_classes(user, on)
    barred = Q(cause=Landing.Cause.BARRED)
    seen = (Q(school_id__in=whole) & ~barred) | (Q(school_id__in=barring) & barred)
    if children:
        seen |= Q(pk__in=_of_own_class(children, on).values("pk")) & ~barred
    return Landing.objects.filter(seen).exclude(incoming__address__in=_barred_addresses(user, on))


def _of_own_class(children: Collection[int], on: date) -> QuerySet[Landing]:
    """Every adult who has the address is around a child of these."""
    around = current_guardianships(on).filter(student_id__in=children).values("adult_id")
    at_address = Adult.objects.filter(
        school_id=OuterRef("school_id"),
        contact_points__address=OuterRef("incoming__address"),
        merged_into=None,
    )
    return Landing.objects.filter(
        Exists(at_address), ~Exists(at_address.exclude(pk__in=around)), cause=Landing.Cause.SEVERAL
    )


def _barred_addresses(user: User, on: date) -> list[str]:
    """Addresses of families of whom a child's file is closed to `user`."""
    children = list(barred_ids(user))
    if not children:
        return []
    around = current_guardianships(on).filter(student_id__in=children)
    rows = Adult.objects.filter(pk__in=around.values("adult_id"))
    return list(rows.exclude(contact_points=None).values_list("contact_points__address", flat=True))


def get_landing_for(user: User, pk: int, on: date) -> Landing:
    found = tray_for(user, on).select_related("incoming", "school").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def families_of(school_id: int, on: date) -> QuerySet[Adult]:
    """To whom a message from the tray may be given at all: adults with a child here, none blocked."""
    held = current_guardianships(on).filter(adult_id=OuterRef("pk"), may_see_file=True)
    return Adult.objects.filter(
        Exists(held), school_id=school_id, blocked_at=None, merged_into=None
    ).prefetch_related(
        Prefetch("guardianships", current_guardianships(on).select_related("student", "adult"))
    )


def who_may_have_written(incoming: IncomingMessage, on: date) -> QuerySet[Adult]:
    """Those of `families_of` to whom this one may be given: nobody where a blocked adult shares the
    address.
    """
    rows = families_of(incoming.school_id, on)
    shared = addresses_of_blocked("school_id").filter(address=incoming.address)
    return rows.exclude(Exists(shared))


# -- the family -------------------------------------------------------------------------------


def own_places(adults, on: date) -> QuerySet[ThreadAdult]:
    """Places in threads that these adults (records of one person, at the family's door) hold today."""
    held = current_guardianships(on).filter(adult_id=OuterRef("adult_id"), may_see_file=True)
    about = held.filter(student_id=OuterRef("thread__student_id"))
    return ThreadAdult.objects.filter(
        (Q(thread__student=None) & Exists(held)) | Exists(about),
        adult__in=adults,
        adult__blocked_at=None,
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
    """Adults of the child's family with whom a thread can be begun."""
    return (
        current_guardianships(on)
        .filter(
            student=student,
            may_see_file=True,
            adult__blocked_at=None,
            adult__condition=Adult.Condition.IN_TOUCH,
        )
        .exclude(adult__legal_basis=Adult.LegalBasis.NONE)
        .select_related("adult")
        .order_by("priority", "pk")
    )


# -- phrases ----------------------------------------------------------------------------------


def phrases_for(user: User, school: School) -> QuerySet[Phrase]:
    """The school's and one's own."""
    return Phrase.objects.filter(Q(user=None) | Q(user=user), school=school, retired_at=None)


def get_phrase_for(user: User, pk: int, school: School, may_edit_school: bool) -> Phrase:
    own = Q(user=user) | Q(user=None) if may_edit_school else Q(user=user)
    found = Phrase.objects.filter(own, school=school, pk=pk).first()
    if found is None:
        raise Http404
    return found
