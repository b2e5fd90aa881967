"""What a principal and an officer ask, each answered within two clicks from where signing in leads."""

import io
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from core import clock
from guardians.models import Contact
from tests.factories.classroom import make_mark, make_note
from tests.factories.published import SUNDAY, make_week
from tests.factories.reports import make_report
from tests.factories.visits import make_term
from tests.journeys.conftest import DESK, look, sign_in, two_sizes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_CLICKS = 2
WEEK = timedelta(days=7)
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
    "what is overdue": ([BOARD, "table.waits a[href='/visits/duties/']"], "main table"),
    "which rounds are done": (["a[href='/surveys/']"], "main h1"),
    "absence in the school": ([BOARD, "#life > summary"], "#life .kv dd"),
    "how good news is spread": ([BOARD, "#life > summary"], "#life .kv dd"),
    "staff trained and lessons given": ([BOARD, "#life > summary"], "#life .kv"),
    "is sending healthy": ([BOARD, "main a[href='/check-ins/operation/']"], "main h1"),
    "what changed since last week": ([BOARD, "#changes > summary"], "#changes li"),
}  # fmt: skip
COUNTY = "a[href='/dashboard/county/']"
SHORT, WAITS = "section[aria-labelledby=short]", "section[aria-labelledby=waits]"
LEDGER = "section[aria-labelledby=ledger]"
OWN, OTHER = "黄羊川中心小学", "十八里堡小学"


def figure(key: str) -> str:
    return f"main .tabs a[href='/dashboard/county/figures/{key}/']"


# Question → what is clicked, where the answer stands, and what of it is looked for.
OF_AN_OFFICER = {
    "which schools lack a counsellor, for how many pupils": ([COUNTY], SHORT, [OTHER, "120–129"]),
    "who joined the queue": ([COUNTY, f"{WAITS} summary"], ".in-queue", [OTHER, "22"]),
    "how many wait, and how long": ([COUNTY, f"{WAITS} summary"], WAITS, ["20–29", "10–19"]),
    "taken, with what outcome": ([COUNTY, f"{WAITS} summary"], WAITS, ["30–39", "40–49", "50–59"]),
    "open concerns and their age": (
        [COUNTY, figure("with_concern")],
        "main",
        ["60–78", "40–49", "20–29", "10–28"],
    ),
    "children connected, by school": ([COUNTY, figure("connected")], ".of-figure", [OWN, "80–90%"]),
    "left-behind children for the ledger": ([COUNTY, f"{LEDGER} summary"], LEDGER, ["90–99"]),
    "visits": ([COUNTY, figure("visits")], "main", ["70–80%", "30–39"]),
    "calls": ([COUNTY, figure("calls")], "main", ["50–60%", OTHER]),
    "which school has stopped using it": ([COUNTY], f"{SHORT} .changes", [OTHER]),
    "screening coverage": ([COUNTY, figure("screened")], "main", ["65–70%", OTHER]),
    "where phones do not reach": ([COUNTY, figure("reached")], ".of-figure", [OTHER, "25–50%"]),
    "trend over terms": (
        [COUNTY, figure("connected")],
        ".term-keys",
        ["Autumn term 2026", "73–87%", "Spring term 2026", "60–70%"],
    ),
    "which school needs help with set-up": (
        ["a[href='/county/']"],
        "main",
        [OTHER, "It has no administrator."],
    ),
    "access confirmed this term": (
        [COUNTY, ".county-access > summary"],
        ".county-access",
        ["1 of 2", OTHER],
    ),
    "one school's terms": ([COUNTY, ".county-schools .cell a"], "main h1", [OWN]),
    "since it began": ([COUNTY, "main a[href='/dashboard/county/since/']"], "main h1", []),
}


@pytest.fixture
def school(cast):
    make_term(cast, timezone.localdate(clock.now()))
    make_mark(cast)
    make_note(cast, tell_family=True)
    make_report(cast)
    Contact.objects.create(
        school=cast.school, student=cast.students["mengyao"], adult=cast.adults["mother"],
        happened_on=timezone.localdate(clock.now()), reported_by="staff", recorded_at=clock.now(),
    )  # fmt: skip
    return cast


def unfold(page, selector: str) -> None:
    """At a desk most parts stand open, and their headings cannot be clicked."""
    summary = page.locator(selector).first
    if summary.evaluate("one => getComputedStyle(one).pointerEvents") != "none":
        summary.click()


def answer(page, clicks: list[str], where: str, says: Sequence[str] = ()) -> None:
    assert len(clicks) <= MOST_CLICKS
    page.goto("/")
    for selector in clicks:
        if selector.endswith("summary"):
            unfold(page, selector)
            continue
        with page.expect_navigation() as gone:
            page.locator(f"{selector} >> visible=true").first.click()
        assert gone.value.ok, f"{gone.value.url}: {gone.value.status}"
    found = page.locator(f"{where} >> visible=true").first
    found.wait_for()
    words = found.inner_text() if says else ""  # a drawing has none
    assert [one for one in says if one not in words] == [], words


def test_a_principal_finds_each_answer_within_two_clicks(school, open_browser):
    page = open_browser(DESK)
    sign_in(page, "principal")
    for clicks, where in OF_A_PRINCIPAL.values():
        answer(page, clicks, where)
    page.goto("/dashboard/#life")
    look(page, "questions-life")
    assert page.locator("#life .kv dd").first.text_content().strip().startswith("1")
    assert page.locator("#big").inner_text() == "33%"
    # Too few is said, not left out.
    looked = page.locator("#life .kv div", has_text="多久有大人接手").locator("dd")
    assert looked.inner_text() == "太少，不显示"


@pytest.fixture
def county(cast):
    """Two schools over two terms: one without a counsellor joined the queue last week and has stopped."""
    own = {
        "pupils": 310, "away": 164, "connected": (139, 164), "reached": (150, 164), "visits": (118, 164),
        "overdue": 34, "calls": (90, 164), "screened": (205, 310), "with_concern": 41, "long_concern": 12,
        "left_behind": 96, "left_behind_unknown": 12,
    }  # fmt: skip
    other = own | {
        "pupils": 122,
        "away": 40,
        "reached": (12, 40),
        "with_concern": 23,
        "long_concern": 4,
    }
    other |= {"connected": (24, 40), "visits": (20, 40), "calls": (20, 40), "screened": (80, 122)}
    spring = SUNDAY - 27 * WEEK
    make_week(cast.county, cast.school, spring, counts=own | {"connected": (107, 164)})
    for weeks_ago in range(3):
        day = SUNDAY - weeks_ago * WEEK
        make_week(cast.county, cast.school, day, counts=own, access_confirmed=True)
        make_week(
            cast.county,
            cast.other_school,
            day,
            counts=other,
            is_used=weeks_ago > 1,
            has_counsellor=False,
            takes_part=weeks_ago == 0,
            access_confirmed=False,
        )
    taken = {"taken_running": 34, "taken_closed": 41, "taken_given_back": 52, "taken_back": 3}
    make_week(cast.county, None, counts={"waiting": 23, "waiting_long": 11} | taken)
    return cast


def test_an_officer_finds_each_answer_within_two_clicks(county, open_browser):
    page = open_browser(DESK, language="en")
    sign_in(page, "county")
    for clicks, where, says in OF_AN_OFFICER.values():
        answer(page, clicks, where, says)
    assert page.problems == []


def test_an_officer_takes_all_of_it_along_as_excel(county, open_browser):
    page = open_browser(DESK, language="en")
    sign_in(page, "county")
    page.locator(f"{COUNTY} >> visible=true").first.click()
    with page.expect_download() as found:
        page.locator("main a[href*='figures.xlsx']").click()
    book = load_workbook(io.BytesIO(found.value.path().read_bytes()))
    last = {row[0]: row for row in book["Last week"].iter_rows(min_row=5, values_only=True)}
    assert last[OTHER][1:3] == ("120–129", "40–49")
    assert "joined in the week ending" in " ".join(map(str, last[OTHER]))
    terms = list(book["Term by term"].iter_rows(min_row=2, values_only=True))
    assert ("Talked with a parent", "Spring term 2026", 12, "2026-05-17", 60, 70) in [
        row[:6] for row in terms
    ]


@two_sizes
@pytest.mark.parametrize("key", ["connected", "with_concern"])
def test_one_figure_over_the_terms(county, open_browser, viewport, language, key):
    page = open_browser(viewport, language=language)
    sign_in(page, "county")
    page.goto(f"/dashboard/county/figures/{key}/")
    look(page, f"county-figure-{key}-{viewport['width']}-{language}")
    if viewport["width"] < 500:
        high = page.evaluate("document.documentElement.scrollHeight")
        assert high <= 2 * viewport["height"], f"{high} px"
    assert page.locator(".of-figure .spark").count() == 2
    # Both terms in one picture; what is counted stands beside it without a click.
    assert page.locator(".term-keys li").count() == 2
    assert page.locator(".counted dd").first.is_visible()
    assert page.problems == []
