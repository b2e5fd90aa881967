"""Who at the receiving school sees a letter.

All its counsellors do until one of them takes it on, then only that one. Nobody else there does, nor a
counsellor who is barred from the child's file, belongs to its family or is named in a report of harm that is
in force. `fit_posts` and `letters_to` state the same condition, from the letter's side and from the reader's.
"""

import uuid
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from accounts.models import User
from core.clock import local_date
from counselling.letters import rules
from counselling.models import ReferralCopy
from guardians.blocking.policies import ties
from safeguarding.policies import IsSuspected, fit_elsewhere
from schools.models import Post, School, holds_on
from schools.policies import school_ids_of, school_ids_where
from schools.roles import Permission, roles_with
from students.policies import unbarred


def posts_of_counsellors(school: int | OuterRef, on: date) -> QuerySet[Post]:
    roles = roles_with(Permission.KEEP_CASES)
    return Post.objects.filter(holds_on(on), school=school, role__in=roles, user__is_active=True)


def fit_posts(school: int | OuterRef, student: int | OuterRef, on: date) -> QuerySet[Post]:
    """Return posts of counsellors of `school` who are not kept from a letter about `student`."""
    return fit_elsewhere(posts_of_counsellors(school, on), student)


def receivers(school_id: int, student_id: int, on: date) -> QuerySet[User]:
    """The counsellors of that school who may receive a letter about the child."""
    posts = fit_posts(school_id, student_id, on)
    return User.objects.filter(pk__in=posts.values("user")).order_by("pk")


def schools_with_counsellors(home: School, on: date) -> QuerySet[School]:
    """Return other schools of the county to which a letter can be sent online.

    Real schools write only to real ones.
    """
    rows = School.objects.filter(county_id=home.county_id, is_demo=home.is_demo)
    rows = rows.filter(Exists(posts_of_counsellors(OuterRef("pk"), on)))
    return rows.exclude(pk=home.pk).order_by("code")


def schools_to_write_to(home: School, student_id: int, by: User, on: date) -> QuerySet[School]:
    """Return schools where somebody may receive a letter about this child, except those where `by` works."""
    rows = schools_with_counsellors(home, on).exclude(pk__in=school_ids_of(by, on))
    return rows.filter(Exists(fit_posts(OuterRef("pk"), student_id, on)))


def letters_to(user: User, at: datetime) -> QuerySet[ReferralCopy]:
    """Return letters to schools where `user` is a counsellor, whatever became of them.

    `user` may see that there is one, and its state. `letters_open_to` says which of them may be read.
    """
    return ReferralCopy.objects.filter(
        unbarred(user, "referral__student_id"),
        ~IsSuspected(user.pk),
        ~Exists(ties(user.pk, "referral__student_id")),
        school_id__in=school_ids_where(user, Permission.KEEP_CASES, local_date(at)),
    )


def letters_open_to(user: User, at: datetime) -> QuerySet[ReferralCopy]:
    """Return letters that `user` may read.

    These are letters that wait for an answer, those that `user` has taken on, and those of a colleague who
    can no longer work with them.
    """
    is_theirs = Q(referral__state__in=(rules.ACCEPTED, rules.DONE), taken_by=user.pk)
    is_left = Q(~taker_is_fit(local_date(at)), referral__state=rules.ACCEPTED)
    return letters_to(user, at).filter(Q(referral__state=rules.SENT) | is_theirs | is_left)


def taker_is_fit(on: date) -> Exists:
    """Return whether the person who took on a copy may still read it."""
    posts = fit_posts(OuterRef("school"), OuterRef("referral__student"), on)
    return Exists(posts.filter(user=OuterRef("taken_by")))


def is_unattended(on: date) -> Q:
    """Return whether nobody at the receiving school can still work with a waiting copy."""
    posts = fit_posts(OuterRef("school"), OuterRef("referral__student"), on)
    return Q(~Exists(posts), referral__state__in=rules.WAITING)


def get_letter_to(user: User, referral_id: uuid.UUID, at: datetime) -> ReferralCopy:
    """Return the letter; 404 for everybody to whom it was not sent, including the sender."""
    rows = letters_to(user, at).filter(referral=referral_id)
    copy = rows.select_related(
        "school", "taken_by", "referral__school", "referral__sent_by"
    ).first()
    if copy is None:
        raise Http404
    return copy


def may_open(user: User, copy: ReferralCopy, at: datetime) -> bool:
    return letters_open_to(user, at).filter(pk=copy.pk).exists()
