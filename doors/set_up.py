"""How far schools have come with their set-up: facts shared by a school's first hour and the county's help
desk.

They describe steps, never a child: whether there is a roster, not how many children are on it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, IntegerField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from delivery import queries as delivery
from delivery.models import Invitation
from guardians.models import Adult
from schools.duty.queries import with_duty
from schools.founding.policies import administrators
from schools.models import Post, School, SchoolYear, holds_on
from schools.queries import classes_of_day, missing_holidays, years_to_plan
from schools.roles import Permission, Role, roles_with
from students.queries import current_enrolments


@dataclass(frozen=True)
class SetUp:
    """`year`: the current school year or, between years, the next; `missing`: calendar years whose holidays
    are not entered. `people`: how many people hold a post; `last_sign_in`: the latest sign-in of any of
    them.
    """

    school: School
    year: SchoolYear | None
    missing: list[int]
    people: int
    last_sign_in: datetime | None
    has_administrator: bool
    has_principal: bool
    has_counsellor: bool
    has_duty: bool
    has_class: bool
    has_children: bool
    has_invited: bool
    has_channel: bool
    has_tested: bool

    @property
    def has_begun(self) -> bool:
        return self.school.sending_started_at is not None


def set_up_of(school_ids: Collection[int], on: date, at: datetime) -> list[SetUp]:
    """Return the set-up of these schools, sorted by name; as many statements for one as for a hundred."""
    years = list(years_to_plan(school_ids, on))
    by_school, missing = {year.school_id: year for year in years}, missing_holidays(years)
    schools = _with_facts(School.objects.filter(pk__in=school_ids), on, at)
    return [
        SetUp(
            school=one,
            year=by_school.get(one.pk),
            # The holidays of a year are announced shortly before it begins, so next year's can wait.
            missing=[year for year in missing.get(one.pk, []) if year <= on.year],
            people=one.people,
            last_sign_in=one.last_sign_in,
            **{
                name: getattr(one, name)
                for name in SetUp.__dataclass_fields__
                if name[:4] == "has_"
            },
        )
        for one in schools.order_by("name", "pk")
    ]


def _with_facts(schools: QuerySet[Any], on: date, at: datetime) -> QuerySet[Any]:
    here, this = {"school": OuterRef("pk")}, {"pk": OuterRef("pk")}
    posts = Post.objects.filter(holds_on(on), user__is_active=True, **here)
    by_school = posts.order_by().values("school")
    slips = Invitation.objects.filter(adult=OuterRef("pk"))
    invited = Adult.objects.filter(Q(user__isnull=False) | Exists(slips), **here)
    hears = with_duty(posts, at).filter(role__in=roles_with(Permission.HANDLE_CONCERNS))
    on_duty = hears.filter(Q(is_rostered=True) | Q(is_duty=True), is_reachable=True)
    return schools.annotate(
        people=Coalesce(
            Subquery(
                by_school.annotate(n=Count("user", distinct=True)).values("n"),
                output_field=IntegerField(),
            ),
            0,
        ),
        last_sign_in=Subquery(by_school.annotate(last=Max("user__last_login")).values("last")),
        has_administrator=Exists(administrators(on).filter(**here)),
        has_principal=Exists(posts.filter(role=Role.PRINCIPAL)),
        has_counsellor=Exists(posts.filter(role__in=roles_with(Permission.KEEP_CASES))),
        has_duty=Exists(on_duty),
        has_class=Exists(classes_of_day(on).filter(**here)),
        has_children=Exists(current_enrolments(on).filter(student__school=OuterRef("pk"))),
        has_invited=Exists(invited),
        has_channel=~Exists(delivery.schools_without_channel().filter(**this)),
        has_tested=Exists(delivery.schools_with_test().filter(**this)),
    )
