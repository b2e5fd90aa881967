"""Who may hand a file over, who hears of it at the other school, and who of the family decides.

People who are barred from the child, blocked in its family or suspected are strangers to all of it, at both
schools: they learn neither that there is a transfer nor to which school. The same applies to members of the
family who work at either school: they decide as parents do. Once the file is there, what the other school
decides about its own file counts as well. A superuser without a post sees nothing.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from accounts.models import User
from core import walls
from core.prepared import read_first
from guardians.blocking.policies import ties
from guardians.models import Adult, Guardianship
from privacy.policies import deciders
from privacy.rules import agrees_if_born_until, agrees_too
from safeguarding.models import Suspect
from safeguarding.policies import IsSuspected, fit_elsewhere
from schools.models import Post, School, holds_on
from schools.policies import own_class_ids, school_ids_where, today_in
from schools.roles import Permission, Role, roles_with
from students.models import Enrolment, Student
from students.policies import students_visible_to, unbarred
from transfers import rules
from transfers.models import Arrival, Protection, Transfer

_born_until = read_first(agrees_if_born_until)

# -- at the school that keeps the file ---------------------------------------------------------------


def students_to_hand_over(user: User, on: date) -> QuerySet[Student]:
    schools = school_ids_where(user, Permission.HAND_OVER_FILES, on)
    rows = students_visible_to(user, on).filter(school_id__in=schools)
    return rows.filter(~Exists(ties(user.pk, "pk")))


def get_student_to_hand_over(user: User, pk: int, on: date) -> Student:
    student = students_to_hand_over(user, on).select_related("school").filter(pk=pk).first()
    if student is None:
        raise Http404
    return student


def sent_by(user: User, on: date, permission: Permission) -> QuerySet[Transfer]:
    """Return transfers of schools at which `user` holds `permission`.

    Children whose file is closed to them and children of their own family are left out: the page shows what
    the child itself has said.
    """
    return Transfer.objects.filter(
        unbarred(user, "student_id"),
        ~Exists(ties(user.pk, "student_id")),
        school_id__in=school_ids_where(user, permission, on),
    )


def schools_to(student: Student, by: User, on: date) -> QuerySet[School]:
    """Return other schools of the county to which the file can go.

    Somebody there must be able to hear what protects the child, and somebody other than `by` to accept the
    file. Real schools hand over to real ones only.
    """
    home = student.school
    rows = School.objects.filter(county_id=home.county_id, is_demo=home.is_demo).exclude(pk=home.pk)
    hearing = posts_of(OuterRef("pk"), Permission.CHECK_SAFEGUARDING, student.pk, on)
    taking = posts_of(OuterRef("pk"), Permission.HAND_OVER_FILES, student.pk, on)
    return rows.filter(Exists(hearing), Exists(taking.exclude(user=by))).order_by("name", "pk")


# -- at the school to which it goes ------------------------------------------------------------------


def posts_of(
    school: int | OuterRef, permission: Permission, student: int | OuterRef, on: date
) -> QuerySet[Post]:
    """Return posts with `permission` at the other school whose holder may hear of the child."""
    posts = Post.objects.filter(holds_on(on), school=school, role__in=roles_with(permission))
    return fit_elsewhere(posts, student)


def people_of(transfer: Transfer, permission: Permission, on: date) -> QuerySet[User]:
    if transfer.to_school_id is None:
        return User.objects.none()
    posts = posts_of(transfer.to_school_id, permission, transfer.student_id, on)
    if transfer.state == rules.ACCEPTED:
        arrival = Arrival.objects.filter(transfer=transfer).first()
        if arrival is None:  # the new file has been erased
            return User.objects.none()
        posts = fit_elsewhere(posts, arrival.student_id)
    return User.objects.filter(pk__in=posts.values("user")).order_by("pk")


def _coming_to(user: User, on: date, permission: Permission) -> QuerySet[Transfer]:
    arrived = Arrival.objects.filter(transfer=OuterRef("pk"))
    is_open = Q(unbarred(user, "student_id"), ~Exists(ties(user.pk, "student_id")))
    closed = arrived.exclude(is_open)
    return Transfer.objects.filter(
        unbarred(user, "student_id"),
        ~IsSuspected(user.pk),
        ~Exists(ties(user.pk, "student_id")),
        ~Exists(closed),
        to_school_id__in=school_ids_where(user, permission, on),
    )


def coming_to(user: User, on: date) -> QuerySet[Transfer]:
    """Return files that the family lets go to a school of `user`, and those that have arrived."""
    rows = _coming_to(user, on, Permission.HAND_OVER_FILES)
    return rows.filter(Q(state=rules.AGREED) | Q(arrival__student__isnull=False))


def may_accept(user: User, transfer: Transfer, on: date) -> bool:
    """Return whether `user` may accept it; never the person who opened it: handing over takes two people."""
    rows = coming_to(user, on).exclude(opened_by=user.pk)
    return rows.filter(pk=transfer.pk, state=rules.AGREED).exists()


# -- both ------------------------------------------------------------------------------------------


def transfers_visible_to(user: User, on: date) -> QuerySet[Transfer]:
    """Return transfers of either school, and arrived ones whose new file `user` may open."""
    sent = sent_by(user, on, Permission.HAND_OVER_FILES)
    arrived = Q(arrival__student__in=students_visible_to(user, on).values("pk"))
    return Transfer.objects.filter(
        Q(pk__in=sent.values("pk")) | Q(pk__in=coming_to(user, on).values("pk")) | arrived
    )


def get_transfer_for(user: User, pk: int, on: date) -> Transfer:
    return _one(transfers_visible_to(user, on), pk)


def get_transfer_of(user: User, pk: int, on: date) -> Transfer:
    """Return the transfer for changes at the school that keeps the file."""
    return _one(sent_by(user, on, Permission.HAND_OVER_FILES), pk)


def get_transfer_to(user: User, pk: int, on: date) -> Transfer:
    """Return the transfer for an answer at the other school."""
    return _one(coming_to(user, on).exclude(opened_by=user.pk), pk)


def _one(rows: QuerySet[Transfer], pk: int) -> Transfer:
    found = rows.select_related("school", "student", "to_school", "opened_by", "closed_by")
    transfer = found.filter(pk=pk).first()
    if transfer is None:
        raise Http404
    return transfer


# -- what protects the child -------------------------------------------------------------------------


def told_to(user: User, on: date) -> QuerySet[Transfer]:
    """Return transfers about which `user` hears what protects the child, as principal or counsellor there.

    Not if the child does not come.
    """
    rows = _coming_to(user, on, Permission.CHECK_SAFEGUARDING)
    coming = rows.filter(state__in=[*rules.OPEN, rules.ACCEPTED])
    return coming.filter(Exists(Protection.objects.filter(transfer=OuterRef("pk"))))


def protected_by(user: User, on: date) -> QuerySet[Transfer]:
    """Return the same transfers for principal and counsellor of the school that told them."""
    rows = sent_by(user, on, Permission.CHECK_SAFEGUARDING)
    return rows.filter(Exists(Protection.objects.filter(transfer=OuterRef("pk"))))


def get_told(user: User, pk: int, on: date) -> tuple[Transfer, bool]:
    """Return the transfer, and whether `user` is at the school that is told; 404 for everybody else."""
    there, here = told_to(user, on), protected_by(user, on)
    transfer = _one(
        Transfer.objects.filter(Q(pk__in=there.values("pk")) | Q(pk__in=here.values("pk"))), pk
    )
    return transfer, there.filter(pk=transfer.pk).exists()


def suspected(adult: str = "adult") -> Q:
    """Match rows whose adult is named in a current report of harm, also as a member of staff."""
    here = Suspect.objects.filter(adult=OuterRef(adult), lifted_at=None)
    return Q(Exists(here)) | Q(IsSuspected(f"{adult}__user"))


# -- the family --------------------------------------------------------------------------------------


def who_decide(on: date) -> QuerySet[Guardianship]:
    """Return who decides for a child (privacy.policies.deciders), except suspects."""
    return deciders(on).filter(~suspected())


def adults_to_ask(transfer: Transfer, at: datetime) -> QuerySet[Adult]:
    on = today_in(transfer.school, at)
    held = who_decide(on).filter(student=transfer.student_id)
    return Adult.objects.filter(pk__in=held.values("adult_id")).order_by("pk")


def asks_pupil(transfer: Transfer, at: datetime) -> bool:
    """Return whether the pupil's own yes is needed besides the family's (privacy.rules.agrees_too)."""
    return agrees_too(transfer.student.born_on, today_in(transfer.school, at))


def to_hear_the_child(user: User, on: date) -> QuerySet[Transfer]:
    """Return open transfers in which the pupil decides too and whose answer `user` may record.

    These users are counsellor, principal, administrator, and the teacher of the pupil's latest class. They
    are not the person who opened the transfer, and so wants it, nor anybody of the child's family, barred or
    suspected.
    """
    latest = Enrolment.objects.filter(student=OuterRef("student"), starts_on__lte=on)
    its_class = latest.order_by("-starts_on", "-pk").values("school_class")[:1]
    safe = school_ids_where(user, Permission.CHECK_SAFEGUARDING, on)
    office = school_ids_where(user, Permission.HAND_OVER_FILES, on)
    is_of_school = Q(school_id__in=safe) | Q(school_id__in=office)
    rows = Transfer.objects.annotate(latest_class=Subquery(its_class)).filter(
        is_of_school | Q(latest_class__in=own_class_ids(user, on)),
        Q(student__born_on=None) | Q(student__born_on__lte=_born_until(on)),
        unbarred(user, "student_id"),
        ~Exists(ties(user.pk, "student_id")),
        ~IsSuspected(user.pk),
        closed_at=None,
    )
    return rows.exclude(opened_by=user.pk)


def get_transfer_to_hear(user: User, pk: int, on: date) -> Transfer:
    return _one(to_hear_the_child(user, on), pk)


def who_may_hear(transfer: Transfer, at: datetime) -> QuerySet[User]:
    """Return the colleagues whom the person who opened it can ask to do it.

    This is the rule of `to_hear_the_child`, seen from the transfer.
    """
    on = today_in(transfer.school, at)
    roles = {*roles_with(Permission.CHECK_SAFEGUARDING), *roles_with(Permission.HAND_OVER_FILES)}
    latest = Enrolment.objects.filter(student=transfer.student_id, starts_on__lte=on)
    its_class = latest.order_by("-starts_on", "-pk").values("school_class")[:1]
    posts = Post.objects.filter(
        holds_on(on),
        Q(role__in=roles) | Q(role=Role.CLASS_TEACHER, school_class__in=Subquery(its_class)),
        school=transfer.school_id,
    )
    posts = fit_elsewhere(posts.exclude(user=transfer.opened_by_id), transfer.student_id)
    return User.objects.filter(pk__in=posts.values("user")).order_by("name", "pk")


def transfer_of_pupil(pupil: Student, at: datetime) -> Transfer | None:
    """Return the open transfer in which this pupil decides too."""
    rows = Transfer.objects.filter(student=pupil, closed_at=None)
    row = rows.select_related("school", "to_school", "student").first()
    return row if row is not None and asks_pupil(row, at) else None


def transfers_of_family(adult_ids: Collection[int], on: date) -> QuerySet[Transfer]:
    """Return transfers about which these adults decide or, once the file has gone, could decide today."""
    held = who_decide(on).filter(student=OuterRef("student"), adult__in=adult_ids)
    states = [*rules.OPEN, rules.ACCEPTED]
    return Transfer.objects.filter(Exists(held), state__in=states)


def get_transfer_of_family(adults: Collection[Adult], pk: int, on: date) -> Transfer:
    rows: QuerySet[Any] = transfers_of_family([adult.pk for adult in adults], on)
    transfer = _one(rows, pk)
    walls.also(transfer.to_school_id)  # the other school has the records of what became of it
    return transfer
