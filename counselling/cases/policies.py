"""Who may see a case: its owner while they hold a counsellor's post there, and whoever was let in by
name until a day. Nobody else: no superuser, no administrator, no principal.

One condition (`_kept_by`, `_read_by`) serves querysets and predicates. Whoever is barred from the
child's file or blocked in its family is a stranger, also as owner.
"""

from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from counselling.models import Case, CaseEntry, CaseReader, Concern
from guardians.models import Guardianship
from schools.models import Post, holds_on
from schools.policies import current_posts, school_ids_where
from schools.roles import Permission, roles_with
from students.models import Barrier, Student
from students.policies import students_visible_to, unbarred


class AccessWithdrawn(Exception):
    """Between opening the page and saving it, the case went into other hands."""


def _kept_by(user: User, on: date) -> Q:
    return Q(owner=user.pk, school_id__in=school_ids_where(user, Permission.KEEP_CASES, on))


def _read_by(user: User, at: datetime) -> Q:
    """Let in, not shut out, the day not over; and still somebody of that school."""
    schools = {post.school_id for post in current_posts(user, timezone.localdate(at))}
    let_in = CaseReader.objects.filter(
        case=OuterRef("pk"), user_id=user.pk, ended_at=None, until_at__gt=at
    )
    return Q(Exists(let_in), school_id__in=[pk for pk in schools if pk])


def blocked_in_family(user: User | OuterRef, student_ref: str) -> Exists:
    """Whether `user` is a blocked adult in the family of the child that `student_ref` names."""
    return Exists(
        Guardianship.objects.filter(
            student_id=OuterRef(student_ref), adult__user=user, adult__blocked_at__isnull=False
        )
    )


def _near(user: User) -> QuerySet[Case]:
    """Of children from whom `user` is neither barred nor, as one of their family, blocked."""
    rows = Case.objects.filter(unbarred(user, "student_id"))
    return rows.exclude(blocked_in_family(user, "student_id"))


def cases_kept_by(user: User, at: datetime) -> QuerySet[Case]:
    return _near(user).filter(_kept_by(user, timezone.localdate(at)))


def cases_visible_to(user: User, at: datetime) -> QuerySet[Case]:
    return _near(user).filter(_kept_by(user, timezone.localdate(at)) | _read_by(user, at))


def get_case_for(user: User, pk: int, at: datetime) -> Case:
    """To read; 404 for a stranger: nobody learns that there is one."""
    return _one(cases_visible_to(user, at), pk)


def get_case_of(user: User, pk: int, at: datetime) -> Case:
    """To write: the owner's alone."""
    return _one(cases_kept_by(user, at), pk)


def get_case_to_write(user: User, pk: int, at: datetime) -> Case:
    """As get_case_of; raises AccessWithdrawn for whoever kept it before, so that their words are not
    lost. A stranger gets 404.
    """
    kept = CaseEntry.objects.filter(case_id=OuterRef("pk"), by_id=user.pk)
    cases = _near(user).filter(Exists(kept), pk=pk)
    if cases.exists() and not cases_kept_by(user, at).filter(pk=pk).exists():
        raise AccessWithdrawn
    return get_case_of(user, pk, at)


def cases_left_behind(user: User, at: datetime) -> QuerySet[Case]:
    """Open cases that nobody keeps any more: their owner's post ended, the child's file was closed to them,
    or they are blocked in its family. For the school's counsellors, who may take them, and its principal, who
    sees to it; both see that there is one, and no word of it.
    """
    on = timezone.localdate(at)
    schools = school_ids_where(user, Permission.EMERGENCY_NOTES, on)
    roles = roles_with(Permission.KEEP_CASES)
    held = Post.objects.filter(
        holds_on(on),
        user=OuterRef("owner"),
        user__is_active=True,
        school=OuterRef("school"),
        role__in=roles,
    )
    barred = Barrier.objects.filter(
        user=OuterRef("owner"), student=OuterRef("student"), lifted_at=None
    )
    rows = _near(user).filter(school_id__in=schools, closed_at=None)
    blocked = blocked_in_family(OuterRef("owner"), "student_id")
    return rows.filter(~Exists(held) | Exists(barred) | blocked).exclude(owner=user.pk)


def get_case_left_behind(user: User, pk: int, at: datetime) -> Case:
    return _one(cases_left_behind(user, at), pk)


def may_take_over(user: User, case: Case, at: datetime) -> bool:
    on = timezone.localdate(at)
    return case.school_id in school_ids_where(user, Permission.KEEP_CASES, on)


def can_keep(user: User, case: Case, at: datetime) -> bool:
    return cases_kept_by(user, at).filter(pk=case.pk).exists()


def _one(cases: QuerySet[Case], pk: int) -> Case:
    case = cases.select_related("school", "student", "owner").filter(pk=pk).first()
    if case is None:
        raise Http404
    return case


def may_agree(user: User, case: Case, at: datetime) -> bool:
    """Let in by its owner, not in an emergency, and keeping or supervising cases at that school."""
    return cases_to_agree(user, at).filter(pk=case.pk).exists()


def cases_to_agree(user: User, at: datetime) -> QuerySet[Case]:
    let_in = CaseReader.objects.filter(
        case=OuterRef("pk"), user_id=user.pk, is_emergency=False, ended_at=None, until_at__gt=at
    )
    schools = school_ids_where(user, Permission.CHECK_SAFEGUARDING, timezone.localdate(at))
    return _near(user).filter(Exists(let_in), school_id__in=schools).exclude(owner=user.pk)


def people_to_agree(case: Case, on: date) -> QuerySet[User]:
    """Who could be the second pair of eyes: keeping or supervising cases at that school, not its owner."""
    return _fit_for(case, roles_with(Permission.CHECK_SAFEGUARDING), on)


def keeps_cases(user: User, at: datetime) -> bool:
    """Whether a post of `user` lets them keep cases somewhere."""
    return bool(school_ids_where(user, Permission.KEEP_CASES, timezone.localdate(at)))


def watches_over_cases(user: User, at: datetime) -> bool:
    """Whether a post of `user` lets them keep cases, or be the second pair of eyes."""
    on = timezone.localdate(at)
    return bool(school_ids_where(user, Permission.CHECK_SAFEGUARDING, on))


def may_open_case(user: User, concern: Concern, at: datetime) -> bool:
    on = timezone.localdate(at)
    return concern.school_id in school_ids_where(user, Permission.KEEP_CASES, on)


def student_in_emergency(user: User, pk: int, at: datetime) -> Student:
    """A child of whose case `user` may read in an emergency, or 404. Whether there is a case at all
    makes no difference here.
    """
    on = timezone.localdate(at)
    schools = school_ids_where(user, Permission.EMERGENCY_NOTES, on)
    children = students_visible_to(user, on).filter(school_id__in=schools)
    children = children.exclude(blocked_in_family(user, "pk"))
    student = children.select_related("school").filter(pk=pk).first()
    if student is None:
        raise Http404
    return student


def _fit_for(case: Case, roles: list[str], on: date) -> QuerySet[User]:
    """Colleagues at the case's school with one of `roles`, whom nothing keeps from this child."""
    posts = Post.objects.filter(holds_on(on), school=case.school_id, role__in=roles)
    barred = Q(barriers__student=case.student_id, barriers__lifted_at=None)
    blocked = Guardianship.objects.filter(
        student_id=case.student_id, adult__blocked_at__isnull=False, adult__user__isnull=False
    )
    return (
        User.objects.filter(pk__in=posts.values("user_id"), is_active=True)
        .exclude(barred)
        .exclude(pk__in=blocked.values("adult__user_id"))
        .exclude(pk=case.owner_id)
        .order_by("pk")
    )


def colleagues_to_let_in(case: Case, on: date) -> QuerySet[User]:
    return _fit_for(case, roles_with(Permission.HANDLE_CONCERNS), on)


def colleagues_to_hand_to(case: Case, on: date) -> QuerySet[User]:
    return _fit_for(case, roles_with(Permission.KEEP_CASES), on)
