"""What comes of a round, in the browser: a plan where it is too large, whom it points out, and the limits of
early warning tried on the school's own term.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from schools.models import Grade, SchoolClass, SchoolYear, Term
from surveys.models import PlannedRound, Round, Seat
from tests.days import today
from tests.factories.cast import make_guardianship, make_student
from tests.factories.surveys import answer, begin, open_round, say_yes
from tests.journeys.conftest import DESK, PHONE, axe_violations, scroll_width, sign_in
from tests.safeguarding.test_warnings import trouble
from tests.surveys.test_pointed_out import worded
from tests.surveys.test_scoring import FACTS, answers_with

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


def stands_well(page, size) -> None:
    assert axe_violations(page) == []
    assert scroll_width(page) <= size["width"]


@pytest.fixture
def school(cast):
    """Two grades of eighteen children whose families have agreed, and a term."""
    year = SchoolYear.objects.get(school=cast.school)
    began_on = today() - timedelta(weeks=9)
    Term.objects.create(year=year, season="autumn", starts_on=began_on, ends_on=year.ends_on)
    grade = Grade.objects.create(year=year, number=cast.school_class.grade.number + 1)
    other = SchoolClass.objects.create(school=cast.school, grade=grade, number=1, name="四年级1班")
    for school_class, family in ((cast.school_class, "宋"), (other, "马")):
        for n in range(18):
            child = make_student(school_class, f"{family}小{n}")
            make_guardianship(child, cast.adults["mother"], "mother")
            say_yes(cast, child)
    return cast


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_round_too_large_becomes_a_plan_whose_parts_come_to_today(school, open_browser, size):
    page = open_browser(size)
    sign_in(page, "counsellor")
    page.goto("/surveys/new/")
    page.check("[name=choice][value=weekly-mood]")
    for name in (school.school_class.name, "四年级1班"):
        page.get_by_label(name).check()
    page.fill("[name=due_on]", (today() + timedelta(days=7)).isoformat())
    page.fill("[name=talks_per_week]", "1")
    page.press("[name=talks_per_week]", "Enter")  # opens the round, not the plan
    page.get_by_role("heading", name="分批做，排进这一学年").wait_for()
    assert not Round.objects.exists()
    assert page.locator(".plan tbody tr").count() == 2
    stands_well(page, size)
    page.get_by_role("button", name="先开第一批，其余的记下来").click()
    page.get_by_role("heading", name="这一周的心情").wait_for()
    part = PlannedRound.objects.get()
    PlannedRound.objects.update(opens_on=today())
    page.goto("/")
    page.locator(".work", has_text="计划好的问卷").get_by_role("link", name="打开").click()
    page.get_by_role("heading", name="排好的批次").wait_for()
    stands_well(page, size)
    page.get_by_role("button", name="打开这一批").click()
    page.get_by_role("link", name="发给全班").wait_for()
    part.refresh_from_db()
    assert [one.name for one in part.round.classes.all()] == ["四年级1班"]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_lowest_totals_and_a_blank_stand_on_the_list(school, open_browser, size):
    edition = worded(school, "rses")
    known, fact = edition.instrument, FACTS["rses"]
    round_ = open_round(school, str(edition.pk))
    begin(school, round_)
    seats = Seat.objects.filter(round=round_).order_by("pk")
    forms = [answers_with(known, fact, known.scales[0].items, raw) for raw in (0, 10, 11, 9)]
    forms[3][known.items[0].id] = ""
    for seat, form in zip(seats, forms, strict=False):
        answer(seat, form)
    page = open_browser(size)
    sign_in(page, "counsellor")
    page.goto(f"/surveys/{round_.pk}/")
    rows = page.locator(".look-list li")
    assert rows.count() == 3
    assert "空题不论怎么答" in rows.nth(2).inner_text()
    stands_well(page, size)
    rows.nth(2).get_by_role("link").click()
    page.get_by_text("空题不论怎么答").wait_for()
    stands_well(page, size)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_limits_are_tried_on_the_past_term_before_they_are_saved(school, open_browser, size):
    trouble(school, timezone.now())
    page = open_browser(size)
    sign_in(page, "counsellor")
    page.goto("/concerns/signals/rules/")
    page.get_by_text("这些提示没有告诉任何人").wait_for()
    stands_well(page, size)
    page.fill("[name=notes]", "3")
    page.get_by_role("button", name="拿过去这学期试一试").click()
    page.get_by_text("只是试一试，没有保存").wait_for()
    assert "一共 0 条提示" in page.locator(".lead").inner_text()
    stands_well(page, size)
    page.goto("/concerns/signals/rules/")
    assert page.locator("[name=notes]").input_value() == "2"
