"""The principal's page: on one sheet of paper, and of a term that is over."""

from datetime import timedelta

import pypdfium2
import pytest
from django.utils import timezone

from core import clock
from guardians.models import Adult, Contact
from schools.models import SchoolYear, Term
from tests.factories.cast import make_class, make_student
from tests.factories.classroom import make_mark, make_note
from tests.factories.visits import make_term
from tests.journeys.conftest import DESK, PHONE, SHOTS, look, sign_in, two_sizes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)
LARGE = 4 * 6  # classes


@pytest.fixture
def large(cast):
    """A school of 24 classes in its term, with something in each part of the page."""
    today = timezone.localdate(clock.now())
    make_term(cast, today)
    make_mark(cast)
    make_note(cast, tell_family=True)
    for number in range(LARGE - 2):
        of = make_class(cast.school, grade=number // 4 + 1, number=number % 4 + 11)
        make_student(of, f"宋小{number}")
    talk(cast, today)
    return cast


def talk(cast, *days) -> None:
    student = cast.students["mengyao"]
    adult = Adult.objects.filter(guardianships__student=student, guardianships__kind="parent")[0]
    Contact.objects.bulk_create(
        Contact(
            school=cast.school, student=student, adult=adult, happened_on=on, reported_by="staff",
            recorded_at=clock.now(),
        )
        for on in days
    )  # fmt: skip


@pytest.mark.parametrize(("viewport", "language"), [(DESK, "zh-hans"), (DESK, "en"), (PHONE, "en")])
def test_the_page_is_one_sheet_for_a_large_school(large, open_browser, viewport, language):
    page = open_browser(viewport, language=language)
    sign_in(page, "principal")
    page.goto("/dashboard/")
    document = pypdfium2.PdfDocument(page.pdf(format="A4", print_background=False))
    if SHOTS:
        name = f"{SHOTS}/school-print-{viewport['width']}-{language}.png"
        document[0].render(scale=2).to_pil().save(name)
    assert len(document) == 1
    text = document[0].get_textpage().get_text_range()
    assert large.school.name in text
    last = {"zh-hans": "缺的不当作", "en": "What is not recorded"}[language]
    assert last in text
    assert {"zh-hans": "谁能看", "en": "Access and yearly"}[language] not in text  # links to press


@two_sizes
def test_a_term_that_is_over(cast, open_browser, viewport, language):
    today = timezone.localdate(clock.now())
    year = SchoolYear.objects.get(school=cast.school)
    spring = Term.objects.create(
        year=year, season="spring", starts_on=today - 200 * DAY, ends_on=today - 60 * DAY
    )
    make_term(cast, today)
    talk(cast, *(today - days * DAY for days in (62, 80, 90, 110)))
    page = open_browser(viewport, language=language)
    sign_in(page, "principal")
    page.goto("/dashboard/")
    page.locator(".choose > summary").click()
    with page.expect_navigation():
        page.locator("#by-term").select_option(str(spring.pk))
    look(page, f"school-term-{viewport['width']}-{language}")
    assert page.locator("#big").inner_text().startswith("33")
    assert page.locator("#trend-weeks tbody tr").count() in (20, 21)
    week = page.locator(".chart input")
    week.focus()
    page.keyboard.press("End")
    assert "33%" in week.get_attribute("aria-valuetext")
    if viewport["width"] < 500:
        assert page.evaluate("document.documentElement.scrollHeight") <= 2 * viewport["height"]
    assert page.problems == []
