"""Who may see a case: its owner and people who were let in. Nobody else, whatever their post.

The owner sees it while they are a counsellor there or engaged for it through the shared queue. Others see it
if they were let in by name until a certain day, or came in an emergency. No superuser, no administrator and
no principal sees it otherwise.

The same condition serves querysets and predicates. Somebody barred from the child's file or blocked in its
family is a stranger, even as the owner.
"""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.models import User
from core.clock import local_date
from core.view_types import P, Page, View
from counselling.models import Case, CaseEntry, CaseReader, Engagement
from guardians.blocking.policies import is_blocked_in_family, ties, who_may_hear_of
from safeguarding import second_factor
from safeguarding.models import Concern
from safeguarding.policies import IsSuspected, counties_of_counsellor, handling_posts
from schools.models import Post, holds_on
from schools.policies import current_posts, school_ids_of, school_ids_where, staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission, roles_with
from students.barriers import barriers_in_force
from students.models import Student
from students.policies import students_visible_to, unbarred


class AccessWithdrawn(Exception):
    """The case changed hands between opening the page and saving it."""


def _kept_by(user: User, on: date) -> Q:
    here = Q(school_id__in=school_ids_where(user, Permission.KEEP_CASES, on))
    # Accepted from the shared queue: as long as the engagement lasts, the case is open, and `user` is a
    # counsellor somewhere in that county.
    as_guest = Q(
        Exists(_engaged(user.pk)),
        ~IsSuspected(user.pk),
        ~Exists(ties(user.pk, "student_id")),
        closed_at=None,
        school__county_id__in=counties_of_counsellor(user, on),
    )
    return Q(owner=user.pk) & (here | as_guest)


def _engaged(user: int | OuterRef) -> QuerySet[Engagement]:
    return Engagement.objects.filter(case=OuterRef("pk"), user_id=user, ended_at=None)


def is_guest(user: User, case: Case, on: date) -> bool:
    """Return whether `user` has no post at the case's school. Guests see the case and nothing around it."""
    return case.school_id not in {post.school_id for post in current_posts(user, on)}


def _near(user: User) -> QuerySet[Case]:
    """Return cases of children from whom `user` is neither barred nor, as a family member, blocked."""
    rows = Case.objects.filter(unbarred(user, "student_id"))
    return rows.exclude(is_blocked_in_family(user.pk))


def cases_kept_by(user: User, at: datetime) -> QuerySet[Case]:
    return _near(user).filter(_kept_by(user, local_date(at)))


def cases_visible_to(user: User, at: datetime) -> QuerySet[Case]:
    on = local_date(at)
    let_in = CaseReader.objects.filter(
        case=OuterRef("pk"), user_id=user.pk, ended_at=None, until_at__gt=at
    )
    # Let in by name, and still on the staff of that school.
    reads = Q(Exists(let_in), school_id__in=school_ids_of(user, on))
    return _near(user).filter(_kept_by(user, on) | reads)


def get_case_for(user: User, pk: int, at: datetime) -> Case:
    """Return a case to read; 404 for a stranger, who must not learn that it exists."""
    return _one(cases_visible_to(user, at), pk)


def get_case_of(user: User, pk: int, at: datetime) -> Case:
    """Return a case to write in, for its owner only; else 404."""
    return _one(cases_kept_by(user, at), pk)


def get_case_to_write(user: User, pk: int, at: datetime) -> Case:
    """Return a case as get_case_of does.

    Raise AccessWithdrawn for somebody who kept it before, so that their text is not lost. A stranger gets
    404.
    """
    kept = CaseEntry.objects.filter(case_id=OuterRef("pk"), owner_id=user.pk)
    cases = _near(user).filter(Exists(kept), pk=pk)
    if cases.exists() and not cases_kept_by(user, at).filter(pk=pk).exists():
        raise AccessWithdrawn
    return get_case_of(user, pk, at)


def cases_left_behind(user: User, at: datetime) -> QuerySet[Case]:
    """Return open cases that nobody keeps any more.

    The school's counsellors may take them over, and its principal makes sure that somebody does. They see
    that there is a case, but nothing in it.
    """
    schools = school_ids_where(user, Permission.EMERGENCY_NOTES, local_date(at))
    rows = _near(user).filter(school_id__in=schools, closed_at=None)
    return left_behind(rows, at).exclude(owner=user.pk)


def left_behind(rows: QuerySet[Case], at: datetime) -> QuerySet[Case]:
    """Return the cases whose owner can no longer keep them.

    Their post or engagement has ended, they are barred from the child's file, or they are blocked in its
    family. A guest from the shared queue is also left out once they are suspected anywhere or belong to the
    child's family.
    """
    on, roles = local_date(at), roles_with(Permission.KEEP_CASES)
    posts = Post.objects.filter(
        holds_on(on), user=OuterRef("owner"), user__is_active=True, role__in=roles
    )
    here = Q(Exists(posts.filter(school=OuterRef("school"))))
    as_guest = Q(
        Exists(_engaged(OuterRef("owner"))),
        Exists(posts.filter(school__county=OuterRef("school__county"))),
        ~IsSuspected("owner"),
        ~Exists(ties(OuterRef("owner"), "student_id")),
    )
    barred = barriers_in_force(OuterRef("student")).filter(user=OuterRef("owner"))
    blocked = is_blocked_in_family(OuterRef("owner"))
    return rows.filter(~(here | as_guest) | Exists(barred) | blocked)


def kept_by_nobody_here(at: datetime) -> QuerySet[Case]:
    """Return cases of which nobody at their school reads the news.

    A counsellor of another school keeps them, or they are closed and their keeper is not there any more. Open
    ones whose keeper is gone wait to be taken over (cases_left_behind).
    """
    closed = left_behind(Case.objects.filter(closed_at__isnull=False), at)
    posts = Post.objects.filter(
        holds_on(local_date(at)), user=OuterRef("owner"), school=OuterRef("school")
    )
    with_guest = Q(Exists(_engaged(OuterRef("owner"))), ~Exists(posts))
    return Case.objects.filter(with_guest | Q(pk__in=closed.values("pk")))


def get_case_left_behind(user: User, pk: int, at: datetime) -> Case:
    return _one(cases_left_behind(user, at), pk)


def may_take_over(user: User, case: Case, at: datetime) -> bool:
    on = local_date(at)
    return case.school_id in school_ids_where(user, Permission.KEEP_CASES, on)


def can_keep(user: User, case: Case, at: datetime) -> bool:
    return user.is_active and cases_kept_by(user, at).filter(pk=case.pk).exists()


def _one(cases: QuerySet[Case], pk: int) -> Case:
    case = cases.select_related("school", "student", "owner").filter(pk=pk).first()
    if case is None:
        raise Http404
    return case


def may_agree(user: User, case: Case, at: datetime) -> bool:
    """Return whether `user` may agree to closing the case, or to a plan of it.

    The owner must have let them in, not in an emergency, and they must keep or supervise cases at that
    school.
    """
    return cases_to_agree(user, at).filter(pk=case.pk).exists()


def cases_to_agree(user: User, at: datetime) -> QuerySet[Case]:
    let_in = CaseReader.objects.filter(
        case=OuterRef("pk"), user_id=user.pk, is_emergency=False, ended_at=None, until_at__gt=at
    )
    schools = school_ids_where(user, Permission.CHECK_SAFEGUARDING, local_date(at))
    return _near(user).filter(Exists(let_in), school_id__in=schools).exclude(owner=user.pk)


def people_to_agree(case: Case, on: date) -> QuerySet[User]:
    """Return people who could be the second pair of eyes.

    They keep or supervise cases at that school and do not own this one.
    """
    return _fit_for(case, roles_with(Permission.CHECK_SAFEGUARDING), on)


def keeps_cases(user: User, at: datetime) -> bool:
    """Return whether a post of `user` lets them keep cases somewhere."""
    return bool(school_ids_where(user, Permission.KEEP_CASES, local_date(at)))


def watches_over_cases(user: User, at: datetime) -> bool:
    """Return whether a post of `user` lets them keep cases or be the second pair of eyes."""
    on = local_date(at)
    return bool(school_ids_where(user, Permission.CHECK_SAFEGUARDING, on))


def may_open_case(user: User, concern: Concern, at: datetime) -> bool:
    on = local_date(at)
    return concern.school_id in school_ids_where(user, Permission.KEEP_CASES, on)


def student_in_emergency(user: User, pk: int, at: datetime) -> Student:
    """Return a child whose case `user` may read in an emergency, or 404.

    It makes no difference here whether there is a case.
    """
    on = local_date(at)
    schools = school_ids_where(user, Permission.EMERGENCY_NOTES, on)
    children = students_visible_to(user, on).filter(school_id__in=schools)
    children = children.exclude(is_blocked_in_family(user.pk, "pk"))
    student = children.select_related("school").filter(pk=pk).first()
    if student is None:
        raise Http404
    return student


def _fit_for(case: Case, roles: list[str], on: date) -> QuerySet[User]:
    """Return colleagues at the case's school who have one of `roles` and may hear of this child.

    The owner of the case is left out.
    """
    posts = Post.objects.filter(holds_on(on), school=case.school_id, role__in=roles)
    people = User.objects.filter(pk__in=posts.values("user_id"), is_active=True)
    return who_may_hear_of(people, case.student_id).exclude(pk=case.owner_id).order_by("pk")


def colleagues_to_let_in(case: Case, on: date) -> QuerySet[User]:
    """Return staff who handle concerns there.

    If a guest keeps the case, return only those responsible for this child.
    """
    people = _fit_for(case, roles_with(Permission.HANDLE_CONCERNS), on)
    if not case.engagements.filter(ended_at=None).exists():
        return people
    near = handling_posts(case.school_id, case.student_id, on)
    return people.filter(pk__in=near.order_by().values("user_id"))


def colleagues_to_hand_to(case: Case, on: date) -> QuerySet[User]:
    return _fit_for(case, roles_with(Permission.KEEP_CASES), on)


def _guarded(permission: Permission) -> Callable[[View[SchoolRequest, P]], Page[P]]:
    """Check the permission and the second step, forbid caching, and keep form text out of error reports.

    If the case has changed hands in the meantime, give the text that was typed back.
    """

    def decorate(view: View[SchoolRequest, P]) -> Page[P]:
        @wraps(view)
        @never_cache
        @sensitive_post_parameters()
        @staff_required(permission)
        def guarded(request: SchoolRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if second_factor.is_missing(request):
                return second_factor.asked_for(request)
            try:
                return view(request, *args, **kwargs)
            except AccessWithdrawn:
                # The case changed hands after the page was opened: nothing is saved, and the text is given
                # back.
                context = {"words": request.POST.get("words", "")}
                return render(request, "counselling/case_withdrawn.html", context, status=409)

        return guarded

    return decorate


reading = _guarded(Permission.HANDLE_CONCERNS)
keeping = _guarded(Permission.KEEP_CASES)
in_emergency = _guarded(Permission.EMERGENCY_NOTES)
