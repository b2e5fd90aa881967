"""A county with two officers who are two people, and what they ask for."""

from datetime import date, timedelta

from django.utils import timezone

from accounts.models import User
from schools.appointing import actions as appointing
from schools.county_calendar.queries import first_year_on
from schools.founding import actions
from schools.founding.actions import Named
from schools.models import (
    ClassStart,
    County,
    Post,
    PostOffer,
    School,
    SchoolClass,
    Wave,
    WaveSchool,
)
from schools.roles import Role
from tests.factories.cast import Cast, make_post, make_user

WHO = Named("韩雪", "13909361001", "+8613909361001", "han@school.example")
OF_CALENDAR = (
    "founding:calendar",
    "founding:calendar_of",
    "founding:set_terms",
    "founding:set_days",
    "founding:days_off",
)
DEPUTY = Named("高峰", "13909361002", "+8613909361002", "gao@county.example")


def two_officers(cast: Cast) -> User:
    """The second one."""
    second = cast.users["county2"] = make_user("county2", "冯二", phone="+8613909353001")
    make_post(second, Role.COUNTY_OFFICER, county=cast.county)
    return second


def new_school(cast: Cast, name: str = "西靖小学", code: str = "62062299") -> School:
    at = timezone.now()
    return actions.found_school(county=cast.county, name=name, code=code, on=timezone.localdate(at))


def ask(cast: Cast, by: str = "county", school: School | None = None) -> PostOffer:
    """For the first administrator of a new school."""
    return actions.name_administrator(
        school=school or new_school(cast), named=WHO, by=cast.users[by], at=timezone.now()
    )


def ask_officer(cast: Cast, by: str = "county", named: Named = DEPUTY) -> PostOffer:
    return actions.name_officer(
        county=cast.county, named=named, by=cast.users[by], at=timezone.now()
    )


def agree(cast: Cast, offer: PostOffer, by: str = "county2") -> PostOffer:
    assert appointing.agree(offer=offer, by=cast.users[by], at=timezone.now())
    return PostOffer.objects.get(pk=offer.pk)


def make_wave(county: County, weeks: int = 4, name: str = "", *schools: School) -> Wave:
    """It begins on the Monday in so many weeks; with a negative number, so many ago. Of these schools."""
    at = timezone.now()
    officer = User.objects.filter(posts__county=county).order_by("pk").first()
    wave = Wave.objects.create(
        county=county,
        name=name or f"第{weeks}批",
        starts_on=monday_in(weeks),
        set_by=officer,
        set_at=at,
    )
    for school in schools:
        WaveSchool.objects.update_or_create(
            school=school, defaults={"wave": wave, "placed_by": officer, "placed_at": at}
        )
    return wave


def monday_in(weeks: int) -> date:
    """The Monday in so many weeks; 0: of this week."""
    on = timezone.localdate()
    return on - timedelta(days=on.isoweekday() - 1) + timedelta(weeks=weeks)


def make_class_day(weeks: int, *classes: SchoolClass) -> date:
    """These classes begin on the Monday in so many weeks, as their principal has planned."""
    starts_on, by = monday_in(weeks), User.objects.get(username="principal")
    for one in classes:
        ClassStart.objects.update_or_create(
            school_class=one,
            defaults={
                "school": one.school, "starts_on": starts_on,
                "placed_by": by, "placed_at": timezone.now(),
            },
        )  # fmt: skip
    return starts_on


def matrix_objects(cast: Cast, name: str) -> dict[str, int]:
    if not name.startswith("founding:"):
        return {}
    if name in OF_CALENDAR:
        return {"first_year": first_year_on(timezone.localdate())}
    if name in ("founding:rollout", "founding:rollout_place", "founding:rollout_add"):
        return {}
    if name.startswith("founding:rollout"):
        return {"pk": make_wave(cast.county).pk}
    two_officers(cast)
    if name == "founding:administrator":
        return {"pk": new_school(cast).pk}
    if name == "founding:end_officer":
        return {"pk": Post.objects.get(user=cast.users["county"]).pk}
    offer = ask(cast, by="county2" if name == "founding:agree" else "county")
    return {"pk": agree(cast, offer).pk if name == "founding:slip" else offer.pk}
