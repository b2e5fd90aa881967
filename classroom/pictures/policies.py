"""Who may see a picture. Every request checks this for every child in it.

A picture may be shown while each pictured child is at the school and no family has withdrawn its consent;
agreeing again does not bring the picture back. Staff see it if they may write about every child in it. An
adult sees it on the page of their own child, unless something keeps them from any child in it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from accounts.models import User
from classroom.models import ClassWeek, Observation, Picture, PicturedChild
from classroom.pictures.rules import CLASS_FAMILIES, MEANWHILE_SECONDS, OWN_FAMILY
from classroom.policies import children_observable_by, get_observation_for
from classroom.queries.observing import for_families
from guardians.blocking.policies import who_may_hear_of
from guardians.models import Guardianship
from guardians.policies import guardianships_of
from guardians.queries import informed_guardianships
from privacy.policies import families_allowing, said_no_since
from schools.models import SchoolClass
from schools.policies import own_class_ids
from students.models import Student
from students.queries import current_enrolments, in_class


@dataclass(frozen=True)
class Reader:
    """The person looking at a family's page.

    `user_id` is the account (None if not created yet), `adult_ids` are the adult records of the session.
    """

    user_id: int | None
    adult_ids: Collection[int]


def _pictured() -> QuerySet[PicturedChild]:
    return PicturedChild.objects.filter(picture_id=OuterRef("pk"))


def took_back() -> Q:
    """Match a pictured child whose family withdrew consent, or whose file or consent is gone.

    This is final, whatever the family says later. A no from before the picture was added no longer
    applied, or came from somebody who no longer decides; otherwise the picture could not have been added.
    A no that was being saved at that same moment counts.
    """
    added = OuterRef("picture__added_at") - timedelta(seconds=MEANWHILE_SECONDS)
    no = said_no_since(OuterRef("picture__purpose"), "student_id", OuterRef("consent__at"), added)
    return Q(student=None) | Q(consent=None) | Q(no)


def standing(on: date) -> QuerySet[Picture]:
    gone = took_back()
    for purpose in (OWN_FAMILY, CLASS_FAMILIES):
        allowed = families_allowing(purpose, on).filter(pk=OuterRef("student_id"))
        gone |= Q(~Exists(allowed), picture__purpose=purpose)
    here = current_enrolments(on).filter(
        student_id=OuterRef("student_id"), school_id=OuterRef("school_id")
    )
    return Picture.objects.filter(
        Exists(_pictured()),
        ~Exists(_pictured().filter(gone | Q(~Exists(here)))),
        photo__isnull=False,
        removed_at=None,
    )


def pictures_visible_to(user: User, on: date) -> QuerySet[Picture]:
    out_of_reach = ~Exists(children_observable_by(user, on).filter(pk=OuterRef("student_id")))
    return standing(on).filter(~Exists(_pictured().filter(out_of_reach)))


def get_picture_for(user: User, pk: int, on: date) -> Picture:
    found = pictures_visible_to(user, on).select_related("photo", "note", "week").filter(pk=pk)
    picture = found.first()
    if picture is None:
        raise Http404
    return picture


def get_picture_to_remove(user: User, pk: int, on: date) -> Picture:
    """Return a picture that `user` may remove.

    They added it, or they are class teacher of its week or its child.
    """
    own = own_class_ids(user, on)
    children = current_enrolments(on).filter(school_class__in=own).values("student_id")
    mine = Q(added_by=user) | Q(week__school_class__in=own) | Q(note__student__in=children)
    picture = pictures_visible_to(user, on).filter(mine, pk=pk).first()
    if picture is None:
        raise Http404
    return picture


def get_note_to_picture(user: User, pk: int, on: date) -> Observation:
    """Return good news about a child in one of the user's own classes."""
    note = get_observation_for(user, pk, on)
    if not may_picture(user, note, on):
        raise Http404
    return note


def may_picture(user: User, note: Observation, on: date) -> bool:
    own = current_enrolments(on).filter(school_class__in=own_class_ids(user, on))
    return for_families().filter(pk=note.pk, student__in=own.values("student_id")).exists()


def children_to_name(user: User, school_class: SchoolClass, on: date) -> QuerySet[Student]:
    """Return the children of the class whom this teacher may see; others cannot be named in a picture."""
    return in_class(children_observable_by(user, on), school_class, on)


def _kept_away(reader: Reader, on: date) -> Q:
    """Match a pictured child whom the reader may not see.

    The reader is barred from the child's file or blocked in its family, or has or had a tie to the child
    without the right to know how it is.
    """
    own = Q(adult_id__in=reader.adult_ids)
    if reader.user_id is not None:
        own |= Q(adult__user_id=reader.user_id)
    ties = Guardianship.objects.filter(own, student_id=OuterRef("student_id"))
    informed = informed_guardianships(on).filter(own, student_id=OuterRef("student_id"))
    uninformed = Q(Exists(ties), ~Exists(informed))
    if reader.user_id is None:
        return uninformed
    people = User.objects.filter(pk=reader.user_id)
    return uninformed | Q(~Exists(who_may_hear_of(people, OuterRef(OuterRef("student_id")))))


def weeks_of_family(adult_ids: Collection[int], on: date) -> QuerySet[ClassWeek]:
    """Return the weeks sent to the families of the classes that the children of these adults are in today."""
    children = guardianships_of(adult_ids, on).values("student_id")
    classes = current_enrolments(on).filter(student__in=children).values("school_class_id")
    return ClassWeek.objects.filter(sent_at__isnull=False, school_class__in=classes)


def pictures_of_family(reader: Reader, on: date) -> QuerySet[Picture]:
    """Return the pictures that these adults may see on the pages of their children."""
    children = guardianships_of(reader.adult_ids, on).values("student_id")
    own_news = for_families().filter(student__in=children)
    weeks = weeks_of_family(reader.adult_ids, on)
    return standing(on).filter(
        Q(note__in=own_news.values("pk")) | Q(week__in=weeks.values("pk")),
        ~Exists(_pictured().filter(_kept_away(reader, on))),
    )


def get_picture_for_family(reader: Reader, pk: int, on: date) -> Picture:
    picture = pictures_of_family(reader, on).select_related("photo").filter(pk=pk).first()
    if picture is None:
        raise Http404
    return picture


def pictures_of_child_alone(reader: Reader, student_id: int, on: date) -> QuerySet[Picture]:
    """Return the pictures of the family that show no other child; they are data of this child alone."""
    others = _pictured().filter(Q(student=None) | ~Q(student_id=student_id))
    return pictures_of_family(reader, on).filter(~Exists(others))
