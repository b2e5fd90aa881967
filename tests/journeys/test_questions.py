"""What a principal and an officer ask, each answered within two clicks from where signing in leads."""

import pytest
from django.utils import timezone

from core import clock
from tests.factories.classroom import make_mark, make_note
from tests.factories.published import make_week
from tests.factories.reports import make_report
from tests.factories.visits import make_term
from tests.journeys.conftest import DESK, look, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_CLICKS = 2
BOARD = "a[href='/dashboard/']"
CHILD = "main :text('徐梦瑶')"

# Question → what is clicked, and where the answer stands.
OF_A_PRINCIPAL = {
    "is every child connected": ([BOARD], "#big"),
    "which class is not": ([BOARD, "#classes > summary"], "#classes tbody a"),
    "better than before": ([BOARD], "svg.trend"),
    "which children": ([BOARD, "main a[href='/check-ins/']"], "main h1"),
    "who waits for an adult, and how long": ([BOARD], "table.waits .num"),
    "how quick the first adult, and who was screened": ([BOARD, "#life > summary"], "#life .kv"),
    "are families reachable": ([BOARD, "#reach > summary"], "#reach .shares"),
    "who starts conversations": ([BOARD, "#balance > summary"], "#balance p"),
    "how fresh is this": ([BOARD, "#missing > summary"], "#missing .kv"),
    "who is on duty tonight": ([BOARD, "main a[href='/settings/duty/']"], "main h1"),
    "visits and calls done against owed": (
        ["a[href='/visits/']", "main a[href='/visits/duties/']"],
        "main table",
    ),
    "today's calls": (["a[href='/call-slots/']"], "main h1"),
    "who comes home for the festival": ([BOARD, "main a[href='/reunions/']"], "main h1"),
    "reports of harm made": (["a[href='/concerns/']", "a[href='/concerns/reports/']"], CHILD),
    "which rounds are done": (["a[href='/surveys/']"], "main h1"),
    "absence in the school": ([BOARD, "#life > summary"], "#life .kv dd"),
    "how good news is spread": ([BOARD, "#life > summary"], "#life .kv dd"),
    "staff trained and lessons given": ([BOARD, "#life > summary"], "#life .kv"),
    "is sending healthy": ([BOARD, "main a[href='/check-ins/operation/']"], "main h1"),
    "what changed since last week": ([BOARD, "#changes > summary"], "#changes li"),
}  # fmt: skip
COUNTY = "a[href='/dashboard/county/']"
OF_AN_OFFICER = {
    "which schools lack a counsellor": ([COUNTY], "section[aria-labelledby=short]"),
    "who waits in the queue": ([COUNTY, "section[aria-labelledby=waits] summary"], "#waits"),
    "children connected, by school": ([COUNTY], ".county-schools .cell"),
    "left-behind children for the ledger": (
        [COUNTY, "section[aria-labelledby=ledger] summary"],
        "section[aria-labelledby=ledger] table",
    ),
    "visits, calls, screening, concerns": ([COUNTY, ".county-all > summary"], ".county-all table"),
    "one school's terms": ([COUNTY, ".county-schools .cell a"], "main h1"),
    "since it began": ([COUNTY, "main a[href='/dashboard/county/since/']"], "main h1"),
}


@pytest.fixture
def school(cast):
    make_term(cast, timezone.localdate(clock.now()))
    make_mark(cast)
    make_note(cast, tell_family=True)
    make_report(cast)
    return cast


def unfold(page, selector: str) -> None:
    """At a desk most parts stand open, and their headings cannot be clicked."""
    summary = page.locator(selector).first
    if summary.evaluate("one => getComputedStyle(one).pointerEvents") != "none":
        summary.click()


def answer(page, clicks: list[str], where: str) -> None:
    assert len(clicks) <= MOST_CLICKS
    page.goto("/")
    for selector in clicks:
        if selector.endswith("summary"):
            unfold(page, selector)
            continue
        with page.expect_navigation() as gone:
            page.locator(f"{selector} >> visible=true").first.click()
        assert gone.value.ok, f"{gone.value.url}: {gone.value.status}"
    page.locator(f"{where} >> visible=true").first.wait_for()


def test_a_principal_finds_each_answer_within_two_clicks(school, open_browser):
    page = open_browser(DESK)
    sign_in(page, "principal")
    for clicks, where in OF_A_PRINCIPAL.values():
        answer(page, clicks, where)
    page.goto("/dashboard/#life")
    look(page, "questions-life")
    assert page.locator("#life .kv dd").first.text_content().strip().startswith("1")


def test_an_officer_finds_each_answer_within_two_clicks(school, open_browser):
    for one in (school.school, school.other_school):
        make_week(
            school.county,
            one,
            counts={"pupils": 300, "away": 180, "connected": (150, 180), "left_behind": 90},
            is_used=True,
            has_counsellor=False,
        )
    make_week(school.county, None, counts={"waiting": 12, "waiting_long": 3})
    page = open_browser(DESK)
    sign_in(page, "county")
    for clicks, where in OF_AN_OFFICER.values():
        answer(page, clicks, where)
