"""Who sees a referral: everybody at the school who may see its case, but no counsellor of another school.

The school's counsellors who may see the child also see a letter that came in and was not taken up yet, and
one of a case that a counsellor of another school keeps, or that is closed and whose keeper is not there, if
it was sent online or still waits for an answer. Where the school has no such counsellor, its principal learns
that a letter needs somebody, and reads it if they may read a case of the child. Nobody else.
"""

import uuid
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from accounts.models import User
from core.clock import local_date
from counselling.cases.policies import cases_kept_by, cases_visible_to, kept_by_nobody_here
from counselling.letters import rules
from counselling.models import Case, Referral, ReferralPlace
from counselling.received import policies as received
from guardians.blocking.policies import is_blocked_in_family
from guardians.models import Adult
from privacy.policies import deciders
from schools.policies import school_ids_of, school_ids_where
from schools.roles import Permission
from students.models import Student
from students.policies import students_visible_to

# Answers to letters sent online that nobody at the sender's school has read.
IS_UNREAD = Q(state__in=rules.ANSWERED, copy__isnull=False, copy__answer_seen_at=None)


def referrals_visible_to(user: User, at: datetime) -> QuerySet[Referral]:
    cases = cases_visible_to(user, at)
    nobodys = letters_for_nobody(user, at).filter(student__in=cases.values("student"))
    return _of_cases(cases, user, at) | Referral.objects.filter(pk__in=nobodys.values("pk"))


def referrals_kept_by(user: User, at: datetime) -> QuerySet[Referral]:
    """Return referrals that `user` may write to."""
    return _of_cases(cases_kept_by(user, at), user, at)


def _of_cases(cases: QuerySet[Case], user: User, at: datetime) -> QuerySet[Referral]:
    """Return the referrals of these cases.

    Letters contain parts of the child's file, so the school sees them and a guest does not
    (cases/policies.py).
    """
    on = local_date(at)
    here = Q(case__in=cases.filter(school_id__in=school_ids_of(user, on)).values("pk"))
    # Letters to the school that nobody has taken up.
    ours = _of_own_children(user, Permission.KEEP_CASES, on)
    arrived = Q(ours, case=None, direction="in")
    # Sent online, or still waiting for an answer on paper, of a case that nobody at the school keeps. The
    # answer must reach somebody.
    waits = Q(handed=rules.ONLINE) | Q(state__in=rules.WAITING)
    left = Q(ours, waits, case__in=kept_by_nobody_here(at).values("pk"))
    return Referral.objects.filter(here | arrived | left)


def _of_own_children(user: User, permission: Permission, on: date) -> Q:
    schools = school_ids_where(user, permission, on)
    children = (
        students_visible_to(user, on).exclude(is_blocked_in_family(user.pk, "pk")).values("pk")
    )
    return Q(school_id__in=schools, student_id__in=children)


def letters_for_nobody(user: User, at: datetime) -> QuerySet[Referral]:
    """Return letters that no counsellor of the school may read: those that wait, and answers nobody has read.

    `user` is told, as a principal, that one needs somebody. What it says may be what a child said in
    confidence: to read it they must be let in to the child's case, or read it in an emergency.
    """
    on = local_date(at)
    counsellors = received.fit_posts(OuterRef("school"), OuterRef("student"), on)
    arrived = Q(case=None, direction=rules.IN)
    return Referral.objects.filter(
        _of_own_children(user, Permission.EMERGENCY_NOTES, on),
        Q(case__in=kept_by_nobody_here(at).values("pk")) | arrived,
        Q(state__in=rules.WAITING) | IS_UNREAD,
        ~Exists(counsellors),
    )


def get_referral_for(user: User, pk: uuid.UUID, at: datetime) -> Referral:
    return _one(referrals_visible_to(user, at), pk)


def get_referral_of(user: User, pk: uuid.UUID, at: datetime) -> Referral:
    return _one(referrals_kept_by(user, at), pk)


def _one(rows: QuerySet[Referral], pk: uuid.UUID) -> Referral:
    found = rows.select_related(
        "school", "student", "case", "listed_place", "consent_by", "sent_by"
    )
    referral = found.filter(pk=pk).first()
    if referral is None:
        raise Http404
    return referral


def student_referred_to_us(user: User, pk: int, at: datetime) -> Student:
    """Return a child of a school where `user` keeps cases; else 404."""
    on = local_date(at)
    schools = school_ids_where(user, Permission.KEEP_CASES, on)
    rows = students_visible_to(user, on).filter(school_id__in=schools).select_related("school")
    rows = rows.exclude(is_blocked_in_family(user.pk, "pk"))
    student = rows.filter(pk=pk).first()
    if student is None:
        raise Http404
    return student


def places_on_list(school_ids) -> QuerySet[ReferralPlace]:
    return ReferralPlace.objects.filter(school_id__in=school_ids, ended_at=None)


def who_may_agree(student: Student, on: date) -> QuerySet[Adult]:
    """Return parents and guardians who decide for the child today and are not blocked."""
    held = deciders(on).filter(student=student)
    return Adult.objects.filter(pk__in=held.values("adult_id")).order_by("pk")
