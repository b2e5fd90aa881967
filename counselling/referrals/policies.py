"""Who sees a referral: everybody at the school who may see its case, but no counsellor of another school.

The school's counsellors who may see the child also see a letter that came in and was not taken up yet, and
one of a case that a counsellor of another school keeps, or that is closed and whose keeper is not there, if
it was sent online or still waits for an answer. Nobody else.
"""

import uuid
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from accounts.models import User
from core.clock import local_date
from counselling.cases.policies import cases_kept_by, cases_visible_to
from counselling.letters import rules
from counselling.models import Case, Engagement, Referral, ReferralPlace
from guardians.blocking.policies import is_blocked_in_family
from guardians.models import Adult
from privacy.policies import deciders
from schools.models import Post, holds_on
from schools.policies import school_ids_of, school_ids_where
from schools.roles import Permission
from students.models import Student
from students.policies import students_visible_to


def referrals_visible_to(user: User, at: datetime) -> QuerySet[Referral]:
    return _of_cases(cases_visible_to(user, at), user, local_date(at))


def referrals_kept_by(user: User, at: datetime) -> QuerySet[Referral]:
    """Return referrals that `user` may write to."""
    return _of_cases(cases_kept_by(user, at), user, local_date(at))


def _of_cases(cases: QuerySet[Case], user: User, on: date) -> QuerySet[Referral]:
    """Return the referrals of these cases.

    Letters contain parts of the child's file, so the school sees them and a guest does not
    (cases/policies.py).
    """
    here = Q(case__in=cases.filter(school_id__in=school_ids_of(user, on)).values("pk"))
    # Letters to the school that nobody has taken up.
    schools = school_ids_where(user, Permission.KEEP_CASES, on)
    children = (
        students_visible_to(user, on).exclude(is_blocked_in_family(user.pk, "pk")).values("pk")
    )
    ours = Q(school_id__in=schools, student_id__in=children)
    arrived = Q(ours, case=None, direction="in")
    # Sent online, or still waiting for an answer on paper, of a case that nobody at the school keeps: a
    # counsellor of another school keeps it or has closed it, or its keeper left after closing it. The answer
    # must reach somebody.
    keepers = Post.objects.filter(
        holds_on(on), user=OuterRef("case__owner"), school=OuterRef("school"), user__is_active=True
    )
    waits = Q(handed=rules.ONLINE) | Q(state__in=rules.WAITING)
    guests = Engagement.objects.filter(case=OuterRef("case"), ended_at=None)
    elsewhere = Q(case__closed_at__isnull=False) | Q(Exists(guests))
    left = Q(ours, waits, elsewhere, ~Exists(keepers))
    return Referral.objects.filter(here | arrived | left)


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
