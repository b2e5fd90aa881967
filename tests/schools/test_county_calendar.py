"""Terms and days that a county sets for all its schools."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from schools import actions, queries
from schools.county_calendar import actions as of_county
from schools.county_calendar.queries import first_year_on
from schools.models import CalendarDay, County, CountyDay, CountyTerm, School, SchoolYear, Term
from schools.roles import Role
from schools.years.actions import open_school_year
from tests.factories.cast import make_post, make_school, make_user
from tests.factories.founding import new_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def year():
    return first_year_on(timezone.localdate())


@pytest.fixture
def terms(year):
    return {
        "autumn": (date(year, 8, 31), date(year + 1, 1, 22)),
        "spring": (date(year + 1, 3, 1), date(year + 1, 7, 9)),
    }


@pytest.fixture
def schools(cast):
    """Two of the county, each with the year that runs."""
    return [new_school(cast, "西靖小学", "62062298"), new_school(cast, "直滩小学", "62062299")]


@pytest.fixture
def set_for_all(cast, year, terms):
    def said(**days) -> None:
        given = {"county": cast.county, "by": cast.users["county"], "at": timezone.now()}
        if days:
            of_county.set_days(**given, **({"kind": "holiday", "name": "秋收假"} | days))
        else:
            of_county.set_terms(**given, first_year=year, terms=terms)

    return said


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def administrator(school: School) -> Client:
    user = make_user(f"admin{school.pk}", "郑洁")
    make_post(user, Role.SCHOOL_ADMIN, school=school)
    return signed_in(user)


def spans(school: School, year: int) -> list[tuple[date, date]]:
    rows = Term.objects.filter(year__school=school, year__starts_on__year=year)
    return list(rows.values_list("starts_on", "ends_on"))


def form_of(terms) -> dict[str, str]:
    return {
        f"{season}_{end}": str(day)
        for season, span in terms.items()
        for end, day in zip(("starts", "ends"), span, strict=True)
    }


def test_terms_reach_every_school_but_one_that_has_said_its_own(cast, schools, year, terms):
    follows, keeps = schools
    term = Term.objects.get(year__school=keeps, season="autumn")
    own = {"starts_on": date(year, 9, 2), "ends_on": date(year + 1, 1, 10)}
    school_admin = administrator(keeps)
    school_admin.post(reverse("schools:term", args=[term.pk]), own)
    client = signed_in(cast.users["county"])
    client.post(reverse("founding:set_terms", args=[year]), form_of(terms))

    assert spans(follows, year) == list(terms.values())
    assert spans(keeps, year) == [tuple(own.values()), terms["spring"]]
    page = client.get(reverse("founding:calendar")).content.decode()
    assert "直滩小学" in page
    assert "西靖小学" not in page

    school_admin.post(reverse("schools:term_of_county", args=[term.pk]))
    assert spans(keeps, year) == list(terms.values())
    assert "直滩小学" not in client.get(reverse("founding:calendar")).content.decode()


def test_terms_saved_without_a_change_still_follow(cast, schools, year, terms, set_for_all):
    term = Term.objects.get(year__school=schools[0], season="autumn")
    same = {"starts_on": term.starts_on, "ends_on": term.ends_on}
    client = administrator(schools[0])
    client.post(reverse("schools:term", args=[term.pk]), same)
    set_for_all()
    assert spans(schools[0], year) == list(terms.values())


def test_a_term_of_the_county_does_not_reach_into_a_term_of_the_schools_own(
    cast, schools, year, terms, set_for_all
):
    """A school with late harvest ends its autumn in March; the county's spring begins before that."""
    follows, keeps = schools
    term = Term.objects.get(year__school=keeps, season="autumn")
    Term.objects.filter(year__school=keeps, season="spring").update(
        starts_on=date(year + 1, 3, 20), ends_on=date(year + 1, 7, 20)
    )
    own = date(year, 9, 2), date(year + 1, 3, 15)
    school_admin, page = administrator(keeps), reverse("schools:term", args=[term.pk])
    said = dict(zip(("starts_on", "ends_on"), own, strict=True))
    assert school_admin.post(page, said).status_code == 302
    set_for_all()
    assert spans(follows, year) == list(terms.values())
    kept = [own, (date(year + 1, 3, 20), date(year + 1, 7, 20))]
    assert spans(keeps, year) == kept
    spring = Term.objects.get(year__school=keeps, season="spring")
    answer = school_admin.post(reverse("schools:term_of_county", args=[spring.pk]), follow=True)
    assert "另一个学期" in answer.content.decode()
    assert spans(keeps, year) == kept
    # The school's own form does not make two terms of one day either.
    refused = school_admin.post(page, said | {"ends_on": date(year + 1, 3, 20)})
    assert refused.status_code == 422
    assert "starts_on" in refused.context["form"].errors


def test_a_term_of_the_county_ends_with_a_shorter_year_of_the_school(schools, year, set_for_all):
    follows, short = schools
    SchoolYear.objects.filter(school=short).update(ends_on=date(year + 1, 6, 30))
    set_for_all()
    assert spans(follows, year)[1][1] == date(year + 1, 7, 9)
    assert spans(short, year)[1][1] == date(year + 1, 6, 30)


def test_a_school_that_comes_later_starts_with_the_countys_dates(cast, year, terms, set_for_all):
    harvest = date(year, 10, 20)
    set_for_all()
    set_for_all(first=harvest, last=harvest)
    school = new_school(cast)
    assert spans(school, year) == list(terms.values())
    assert not queries.calendar_of(school).is_school_day(harvest)


def test_another_county_keeps_its_own(year, terms, set_for_all):
    elsewhere = make_school(County.objects.create(name="民勤县"), "西渠小学", "620621001")
    open_school_year(school=elsewhere, first_year=year)
    before = spans(elsewhere, year), CalendarDay.objects.filter(school=elsewhere).count()
    set_for_all()
    set_for_all(first=date(year, 10, 20), last=date(year, 10, 23))
    assert (
        spans(elsewhere, year),
        CalendarDay.objects.filter(school=elsewhere).count(),
    ) == before


def test_days_of_the_county_beat_the_public_ones_and_not_the_schools(schools, year, set_for_all):
    one, other = schools
    national = date(year, 10, 1)
    actions.set_calendar_day(school=other, on=national, kind="holiday", name="校庆")
    set_for_all(first=national, last=national, kind="school_day", name="补课")
    assert queries.calendar_of(one).is_school_day(national)
    assert queries.calendar_of(other).names[national] == "校庆"


def test_a_day_taken_off_gives_the_public_holiday_back(cast, schools, year, set_for_all):
    first = date(year, 9, 29)
    last = date(year, 10, 2)
    before = {
        school.pk: set(CalendarDay.objects.filter(school=school).values_list("on", "kind", "name"))
        for school in schools
    }
    set_for_all(first=first, last=last, kind="school_day", name="补课")
    days = CountyDay.objects.values_list("pk", flat=True)
    signed_in(cast.users["county"]).post(
        reverse("founding:days_off", args=[year]), {"day": list(days)}
    )
    assert not CountyDay.objects.exists()
    for school in schools:
        rows = CalendarDay.objects.filter(school=school).values_list("on", "kind", "name")
        assert set(rows) == before[school.pk]


def test_a_school_removes_its_own_days_and_not_the_countys(cast, schools, year, set_for_all):
    on = date(year, 10, 20)
    set_for_all(first=on, last=on)
    client = administrator(schools[0])
    day = CalendarDay.objects.get(school=schools[0], on=on)
    assert client.post(reverse("schools:remove_day", args=[day.pk])).status_code == 404
    own = {"on": str(on), "kind": "school_day", "name": "有课"}
    client.post(reverse("schools:add_day"), own)
    assert queries.calendar_of(schools[0]).is_school_day(on)
    assert not queries.calendar_of(schools[1]).is_school_day(on)
    set_for_all(first=on, last=on, name="秋假")
    assert queries.calendar_of(schools[0]).is_school_day(on)


def test_a_school_that_takes_its_own_day_back_has_the_countys_again(
    cast, schools, year, set_for_all
):
    on, national = date(year, 10, 20), date(year, 10, 1)
    set_for_all(first=on, last=on)
    client = administrator(schools[0])
    for day in (on, national):
        actions.set_calendar_day(school=schools[0], on=day, kind="school_day", name="有课")
        own = CalendarDay.objects.get(school=schools[0], on=day)
        client.post(reverse("schools:remove_day", args=[own.pk]))
    found = CalendarDay.objects.filter(school=schools[0], on__in=(on, national))
    assert {day.on: day.origin for day in found} == {on: "county", national: "public"}
    public = CalendarDay.objects.get(school=schools[0], on=national)
    client.post(reverse("schools:remove_day", args=[public.pk]))
    assert not CalendarDay.objects.filter(school=schools[0], on=national).exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"autumn_ends": "{year}-08-01"}, "autumn_ends"),
        ({"spring_starts": "{next}-01-20"}, "spring_starts"),
        ({"spring_ends": "{next}-12-31"}, "spring_ends"),
        ({"autumn_starts": "soon"}, "autumn_starts"),
    ],
)
def test_a_wrong_date_is_said_where_it_stands_and_nothing_is_set(
    cast, schools, year, terms, changed, field
):
    said = {name: day.format(year=year, next=year + 1) for name, day in changed.items()}
    answer = signed_in(cast.users["county"]).post(
        reverse("founding:set_terms", args=[year]), form_of(terms) | said
    )
    assert answer.status_code == 422
    assert field in answer.context["terms_form"].errors
    assert not CountyTerm.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"starts_on": "1999-09-01"}, "starts_on"),
        ({"ends_on": "{next}-09-01"}, "ends_on"),
        ({"ends_on": "2206-01-16"}, "ends_on"),
        ({"ends_on": "{year}-08-25"}, "ends_on"),
        ({"ends_on": "{next}-03-01"}, "starts_on"),
    ],
)
def test_a_school_hears_at_the_field_that_a_term_cannot_have_these_days(
    schools, year, changed, field
):
    term = Term.objects.get(year__school=schools[0], season="autumn")
    before = spans(schools[0], year)
    said = {"starts_on": f"{year}-08-31", "ends_on": f"{year + 1}-01-16"}
    said |= {name: day.format(year=year, next=year + 1) for name, day in changed.items()}
    answer = administrator(schools[0]).post(reverse("schools:term", args=[term.pk]), said)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert spans(schools[0], year) == before


def test_the_database_keeps_the_terms_of_a_year_apart(schools, year):
    spring = Term.objects.filter(year__school=schools[0], season="spring")
    with pytest.raises(IntegrityError), transaction.atomic():
        spring.update(starts_on=date(year, 12, 1))


def test_terms_of_the_county_may_reach_over_where_the_other_one_was(
    schools, year, terms, set_for_all
):
    """Its autumn ends where the schools' spring has begun so far, and the other way round."""
    first_guess = dict(terms)
    terms["autumn"] = date(year, 8, 31), date(year + 1, 3, 5)
    terms["spring"] = date(year + 1, 3, 8), date(year + 1, 7, 9)
    set_for_all()
    assert [spans(school, year) for school in schools] == [list(terms.values())] * 2
    terms |= first_guess
    set_for_all()
    assert [spans(school, year) for school in schools] == [list(terms.values())] * 2


def test_a_term_follows_the_county_only_beside_the_schools_other_term(
    cast, schools, year, terms, set_for_all
):
    """The other term has still the days of the first guess, which the county's do not leave alone."""
    follows = schools[0]
    set_for_all()
    Term.objects.filter(year__school=follows, season="spring").update(
        starts_on=date(year + 1, 2, 1)
    )
    autumn = Term.objects.get(year__school=follows, season="autumn")
    CountyTerm.objects.filter(season="autumn").update(ends_on=date(year + 1, 2, 5))
    before = spans(follows, year)
    address = reverse("schools:term_of_county", args=[autumn.pk])
    answer = administrator(follows).post(address, follow=True)
    assert "另一个学期" in answer.content.decode()
    assert spans(follows, year) == before


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("{year}-10-20", "{year}-10-19", "last"),
        ("{year}-10-20", "{next}-02-19", "last"),
        ("{year}-07-20", "", "first"),
        ("", "", "first"),
    ],
)
def test_a_wrong_day_is_said_where_it_stands(cast, schools, year, first, last, field):
    said = {"first": first, "last": last, "kind": "holiday", "name": ""}
    answer = signed_in(cast.users["county"]).post(
        reverse("founding:set_days", args=[year]),
        {name: day.format(year=year, next=year + 1) for name, day in said.items()},
    )
    assert answer.status_code == 422
    assert field in answer.context["days_form"].errors
    assert not CountyDay.objects.exists()


def test_a_year_that_is_not_open_loses_no_day(cast, schools, year, set_for_all):
    on = date(year, 10, 20)
    set_for_all(first=on, last=on)
    client, said = signed_in(cast.users["county"]), {"day": [CountyDay.objects.get().pk]}
    address = reverse("founding:days_off", args=[year - 1])
    assert client.post(address, said).status_code == 404
    assert CountyDay.objects.exists()
    client.post(reverse("founding:days_off", args=[year]), said)
    assert not CountyDay.objects.exists()


def test_only_this_year_and_the_next_are_open(cast, year):
    client = signed_in(cast.users["county"])
    for first_year, status in ((year - 1, 404), (year, 200), (year + 1, 200), (year + 2, 404)):
        page = reverse("founding:calendar_of", args=[first_year])
        assert client.get(page).status_code == status


def test_a_year_without_its_public_holidays_is_named_until_they_are_entered(cast, set_for_all):
    client, page = signed_in(cast.users["county"]), reverse("founding:calendar")
    missing = client.get(page).context["missing_years"]
    for year in missing:
        set_for_all(first=date(year, 2, 15), last=date(year, 2, 20))
    assert client.get(page).context["missing_years"] == missing
    for year in missing:
        set_for_all(first=date(year, 5, 1), last=date(year, 5, 3))
        set_for_all(first=date(year, 10, 1), last=date(year, 10, 7))
    assert client.get(page).context["missing_years"] == []


def test_ten_schools_cost_as_many_statements_as_one(cast, year, set_for_all):
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            set_for_all()
            set_for_all(first=date(year, 10, 20), last=date(year, 10, 23))
        return len(found)

    new_school(cast)
    asked()
    one = asked()
    for number in range(10):
        new_school(cast, f"第{number}小学", f"6206229{number}0")
    assert asked() == one
