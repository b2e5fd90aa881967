"""The county's officer sees every school as the same few lines, and no count that leads to a child."""

import io
import re
from datetime import date, timedelta
from itertools import product

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from core import clock
from core.days import short_day
from dashboards.county import presenters
from dashboards.spreadsheet import write_sheet
from figures import publishing
from figures.definitions import DEFINITIONS, county_definitions
from figures.models import PublishedFigure
from figures.published import published
from figures.terms import over_terms
from schools.models import County
from schools.policies import today_in
from tests.factories.cast import Cast, make_post, make_school, make_user
from tests.factories.published import MONDAY_NOON, SUNDAY, make_full_school, make_week

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)
COUNTS = {
    "pupils": 310, "away": 164, "connected": (150, 164), "reached": (140, 164), "left_behind": 88,
    "left_behind_unknown": 12, "visits": (70, 164), "overdue": 34, "calls": (40, 164), "screened": (200, 310),
    "with_concern": 23, "long_concern": 4,
}  # fmt: skip
QUEUE = {
    "waiting": 11, "waiting_long": 2, "taken_running": 12, "taken_closed": 3, "taken_given_back": 0,
    "taken_back": 1,
}  # fmt: skip
TINY = {"pupils": 7, "away": 5, "connected": (4, 5), "overdue": 3, "with_concern": 1}
# How the pages and the workbook are asked for.
PAGES = [
    ("dashboards:county", []),
    ("dashboards:county_figures", []),
    *(("dashboards:county_figure", [key]) for key in presenters.FIGURES),
]
LOOKS = [
    (name, key, asked)
    for (name, key), asked in product(
        PAGES, ({}, {"sort": "change"}, {"until": str(SUNDAY)}, {"until": str(SUNDAY - WEEK)})
    )
]


def client_of(cast: Cast, who: str = "county") -> Client:
    client = Client()
    client.force_login(cast.users[who], "django.contrib.auth.backends.ModelBackend")
    return client


def page(cast: Cast, who: str = "county", **asked: str):
    return client_of(cast, who).get(reverse("dashboards:county"), asked)


def school_page(cast: Cast, school, who: str = "county"):
    return client_of(cast, who).get(reverse("dashboards:county_school", args=[school.pk]))


def weeks(cast: Cast, school, count: int = 3, last: date = SUNDAY, **counts) -> None:
    """`count` weeks alike, the last one on SUNDAY."""
    for number in range(count):
        make_week(cast.county, school, last - number * WEEK, counts=COUNTS | counts)


def said(cast: Cast, on: date) -> str:
    """A day as the page says it: with its year, once that is another one."""
    with translation.override("zh-hans"):
        return short_day(on, today_in(cast.school, clock.now()))


def text_of(answer) -> str:
    if answer["Content-Type"].startswith("text/html"):
        return answer.content.decode().split("<main")[1]
    book = load_workbook(io.BytesIO(answer.content))
    cells = (cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    return "\n".join(str(cell) for cell in cells if cell is not None)


def test_before_the_first_week_the_page_says_when_it_comes(cast):
    answer = page(cast)
    assert answer.status_code == 200
    assert "第一周还没有公布" in text_of(answer)
    assert "figures.xlsx" not in text_of(answer)


def test_each_question_of_an_officer_finds_its_answer(cast):
    weeks(cast, cast.school)
    make_week(
        cast.county,
        cast.other_school,
        counts=TINY,
        has_counsellor=False,
        takes_part=True,
        sending="no_channel",
    )
    make_week(cast.county, None, counts=QUEUE)
    context = page(cast).context
    assert [one["name"] for one in context["without"]] == ["十八里堡小学"]
    assert context["pupils_without"] == "不到 10"
    assert [one["name"] for one in context["helped"]] == ["十八里堡小学"]
    (own,) = [one for one in context["cells"] if one["name"] == "黄羊川中心小学"]
    assert own["share"].words == "90% 以上"
    assert [told.words for _label, told in own["facts"]] == ["40–50%", "30–39", "80–90%", "60–65%"]
    assert [row["told"].words for row in context["waiting"]] == ["10–19", "不到 10"]
    assert [row["told"].words for row in context["taken"]] == ["10–19", *["不到 10"] * 3]
    assert context["ledger_sums"] == ["310–328", "160–178", "80–89", "10–19"]
    (row,) = [one for one in context["table"]["rows"] if one["name"] == "黄羊川中心小学"]
    assert [told.words for told in row["cells"]][-2:] == ["20–29", "不到 10"]


def test_from_the_page_a_click_leads_to_a_schools_weeks(cast):
    weeks(cast, cast.school)
    address = reverse("dashboards:county_school", args=[cast.school.pk])
    assert f'href="{address}"' in text_of(page(cast))
    answer = school_page(cast, cast.school)
    assert len(answer.context["weeks"]) == 3
    assert [line["told"].words for line in answer.context["lines"]] == [
        "90% 以上", "80–90%", "40–50%", "20–30%", "60–65%",
    ]  # fmt: skip


def test_a_school_that_has_stopped_using_it_and_one_that_slips(cast):
    for number, talked in enumerate((150, 150, 90)):
        ends_on = SUNDAY - (2 - number) * WEEK
        counts = COUNTS | {"connected": (talked, 164)}
        make_week(cast.county, cast.school, ends_on, counts=counts, is_used=number == 0)
    says = page(cast).context["cells"][0]["says"]
    assert [one["is_late"] for one in says] == [True, True]
    assert "2 周" in says[0]["words"]
    assert says[1]["words"] == f"比{said(cast, SUNDAY - 2 * WEEK)}低"


def test_by_name_or_by_change_and_never_by_rank(cast):
    new = make_school(cast.county, "安远小学", "620622009")
    for number, talked in enumerate((40, 150)):
        counts = COUNTS | {"connected": (talked, 164)}
        make_week(cast.county, cast.school, SUNDAY - (1 - number) * WEEK, counts=counts)
        make_week(cast.county, new, SUNDAY - (1 - number) * WEEK, counts=COUNTS)
    names = [one["name"] for one in page(cast).context["cells"]]
    assert names == ["安远小学", "黄羊川中心小学"]
    assert [one["name"] for one in page(cast, sort="change").context["cells"]] == names[::-1]


@pytest.mark.parametrize("away", [0, 1, 3, 9, 10, 19, 24])
def test_of_schools_of_any_size_no_count_under_ten_is_told(cast, away):
    """One school, a tiny one, a first week: whatever is asked for, spans stand there and no counts."""
    make_full_school(cast.county, "泗水小学", "620622003", away=away, talked=away // 2)
    publishing.publish_due(MONDAY_NOON)
    client = client_of(cast)
    for name, key, asked in LOOKS:
        answer = client.get(reverse(name, args=key), asked)
        words = re.sub(r"<[^>]*>", " ", text_of(answer))
        assert not re.search(r"孙\d|孙妈妈|徐梦瑶|王芳", words)
        assert "not published" not in words
    book = load_workbook(io.BytesIO(client.get(reverse("dashboards:county_figures")).content))
    rows = list(book["所有周"].iter_rows(min_row=2, values_only=True))
    assert rows
    for _school, _week, _figure, low, high, unit, gap, *_why in rows:
        if unit == "个孩子":
            assert low == 0 or low >= 10
            assert high == low + 9
        else:
            assert gap or high - low >= 1
    for _figure, _term, _place, _day, low, high, unit, _gap in book["各学期"].iter_rows(
        min_row=2, values_only=True
    ):
        if low is not None:
            assert high - low >= (9 if unit == "孩子" else 1)
            assert unit != "孩子" or low == 0 or low >= 10


# Schools of a county, and two sets of counts of one of them that are published alike.
ALIKE = [
    (1, {"with_concern": 21}, {"with_concern": 28}),
    (2, {"with_concern": 1, "long_concern": 0}, {"with_concern": 9, "long_concern": 9}),
    (2, {"connected": (139, 164), "away": 164}, {"connected": (138, 161), "away": 161}),
    (12, {"screened": (201, 310)}, {"screened": (207, 319), "pupils": 319, "overdue": 39}),
    (12, {"reached": (19, 19), "away": 19}, {"reached": (1, 10), "away": 10}),
]


def spans_of_schools() -> list[tuple]:
    rows = PublishedFigure.objects.order_by("week__school", "week__ends_on", "key")
    return list(rows.values_list("week__school", "week__ends_on", "key", "low", "high", "gap"))


@pytest.mark.parametrize(("count", "one", "other"), ALIKE)
def test_two_counties_that_published_alike_look_alike(cast, count, one, other):
    """On every page, over the terms, and in every cell of the workbook; so nothing counts past the spans."""
    schools = [
        make_school(cast.county, f"第{number}小学", f"6206221{number:02d}")
        for number in range(count)
    ]
    client = client_of(cast)
    seen, looks = [], []
    for counts in (one, other):
        with transaction.atomic():
            weeks(cast, schools[0], **counts)
            weeks(cast, schools[0], 1, SUNDAY - 30 * WEEK, **counts)
            for school in schools[1:]:
                weeks(cast, school)
            make_week(cast.county, None, counts=QUEUE)
            own = reverse("dashboards:county_school", args=[schools[0].pk])
            addresses = [*(reverse(name, args=key) for name, key in PAGES), own]
            texts = [text_of(client.get(address)) for address in addresses]
            looks.append([re.sub(r'nonce="[^"]*"|[A-Za-z0-9]{64}', "", text) for text in texts])
            seen.append(spans_of_schools())
            transaction.set_rollback(True)
    assert seen[0] == seen[1]
    assert looks[0] == looks[1]


def test_one_figure_stands_beside_its_terms_before(cast):
    """Week by week of each term, however the terms lie in the year."""
    weeks(cast, cast.school)
    weeks(cast, cast.school, 2, SUNDAY - 27 * WEEK, connected=(90, 164))
    client = client_of(cast)
    address = reverse("dashboards:county_figure", args=["connected"])
    context = client.get(address).context
    assert [term["words"] for term in context["terms"]] == ["90% 以上", "50–60%"]
    assert [one["told"].words for one in context["cells"]] == ["90% 以上"]
    # 22 November is in the twelfth week after 1 September, 17 May in the twelfth after 24 February.
    assert [bool(span) for span in context["terms"][0]["spans"]] == [False] * 9 + [True] * 3
    assert [n for n, span in enumerate(context["terms"][1]["spans"], 1) if span] == [11, 12]
    assert client.get(reverse("dashboards:county_figure", args=["pupils"])).status_code == 404
    (facts,) = [one["facts"] for one in context["cells"]]
    assert [told.words for _label, told in facts] == ["160–169", "50–60%"]


def figure_page(cast: Cast, key: str = "connected", **asked: str):
    return client_of(cast).get(reverse("dashboards:county_figure", args=[key]), asked)


def test_numbers_stand_under_their_own_term(cast):
    """Of a term of which nothing is published there is no column at all."""
    weeks(cast, cast.school)
    weeks(cast, cast.school, 2, SUNDAY - 53 * WEEK, connected=(90, 164))
    context = figure_page(cast).context
    assert [term["label"] for term in context["terms"]] == ["2026 年秋季学期", "2025 年秋季学期"]
    assert {len(cells) for cells in context["weeks"]} == {2}
    last_year = [cells[1] for cells in context["weeks"]]
    assert [n for n, words in enumerate(last_year) if words] == [9, 10]


def test_the_week_in_which_a_term_ends_belongs_to_it(cast):
    """It ends on Saturday, 16 January; the week on the Sunday after."""
    last = date(2027, 1, 17)
    make_week(cast.county, cast.school, last, counts=COUNTS)
    make_week(cast.county, cast.school, last + 2 * WEEK, counts=COUNTS)
    seen = over_terms(cast.county, ["connected"])
    assert seen.terms[0].days[-1] == last
    assert figure_page(cast).context["cells"][0]["told"].words == "90% 以上"


@pytest.mark.parametrize("last", [date(2026, 8, 2), date(2026, 7, 26), date(2026, 9, 6)])
def test_the_same_season_a_year_ago_stays_through_summer(cast, last):
    make_week(cast.county, cast.school, last, counts=COUNTS)
    terms = over_terms(cast.county, ["connected"]).terms
    assert len(terms) == 3
    assert terms[0].season == terms[2].season
    assert terms[0].starts_on.year == terms[2].starts_on.year + 1


def test_an_earlier_week_is_earlier_everywhere(cast):
    weeks(cast, cast.school)
    make_week(cast.county, cast.school, counts=COUNTS, edition=2, why="补录了一周的通话")
    before = {"until": str(SUNDAY - WEEK)}
    answer = figure_page(cast, **before)
    assert answer.context["day"] == SUNDAY - WEEK
    assert "补录了一周的通话" not in text_of(answer)
    assert "补录了一周的通话" in text_of(figure_page(cast))
    book = load_workbook(
        io.BytesIO(client_of(cast).get(reverse("dashboards:county_figures"), before).content)
    )
    days = {row[3] for row in book["各学期"].iter_rows(min_row=2, values_only=True)}
    assert max(days) == str(SUNDAY - WEEK)
    # A reader of an earlier week stays in it.
    for tabs in (page(cast, **before).context["figures"], answer.context["tabs"]):
        assert {one["url"].partition("?")[2] for one in tabs} == {f"until={SUNDAY - WEEK}"}
    assert all(
        f"until={SUNDAY - WEEK}" in one["url"] for one in page(cast, **before).context["tabs"]
    )


def test_before_the_first_week_a_figure_says_when_it_comes(cast):
    answer = client_of(cast).get(reverse("dashboards:county_figure", args=["connected"]))
    assert "第一周还没有公布" in text_of(answer)


def test_who_joined_the_queue_and_whose_access_is_confirmed(cast):
    for number in range(3):
        day = SUNDAY - number * WEEK
        make_week(cast.county, cast.school, day, takes_part=True, access_confirmed=True)
        make_week(
            cast.county, cast.other_school, day, takes_part=number < 2, access_confirmed=False
        )
    third = make_school(cast.county, "泗水小学", "620622003")
    make_week(cast.county, third, takes_part=False, access_confirmed=None)
    context = page(cast).context
    assert [(one["name"], one["words"]) for one in context["in_queue"]] == [
        ("黄羊川中心小学", "至少 3 周"),
        ("十八里堡小学", f"在截至{said(cast, SUNDAY - WEEK)}的那一周参加"),
    ]
    assert (context["access"]["confirmed"], context["access"]["known"]) == (1, 2)
    assert [one["name"] for one in context["access"]["missing"]] == ["十八里堡小学"]


def test_a_week_that_nobody_published_breaks_no_row(cast):
    """As when the server was off over a Monday: who took part, who stopped, and who is new stay known."""
    stays, joined = cast.school, cast.other_school
    for number in (4, 3, 1, 0):  # nothing two weeks ago
        day = SUNDAY - number * WEEK
        make_week(cast.county, stays, day, takes_part=True, is_used=False)
        make_week(cast.county, joined, day, takes_part=number < 4)
    context = page(cast).context
    assert [(one["name"], one["words"]) for one in context["in_queue"]] == [
        ("黄羊川中心小学", "至少 4 周"),
        ("十八里堡小学", f"在截至{said(cast, SUNDAY - 3 * WEEK)}的那一周参加"),
    ]
    (own,) = [one["says"] for one in context["cells"] if one["name"] == "黄羊川中心小学"]
    assert [one["words"] for one in own] == ["4 周没有人用，先打个电话问问"]


def test_a_reason_never_runs_as_a_formula(cast):
    weeks(cast, cast.school)
    make_week(cast.county, None, counts=QUEUE, edition=2, why="=1+1")
    make_week(cast.county, cast.school, counts=COUNTS, edition=2, why="=HYPERLINK(1)")
    content = client_of(cast).get(reverse("dashboards:county_figures")).content
    found = [
        cell
        for sheet in load_workbook(io.BytesIO(content))
        for row in sheet.iter_rows()
        for cell in row
        if str(cell.value).startswith("=")
    ]
    assert {cell.value for cell in found} == {"=1+1", "=HYPERLINK(1)"}
    assert {(cell.data_type, cell.quotePrefix) for cell in found} == {("s", True)}


def test_a_sheet_is_written_row_by_row(cast):
    """Forty schools over a term are 16,000 rows; to look for the last row at each took minutes."""
    asked = []

    class Watched(Worksheet):
        @property
        def max_row(self) -> int:
            asked[-1] += 1
            return super().max_row

    for rows in (3, 60):
        asked.append(0)
        write_sheet(Watched(Workbook()), "x", ("a", "b"), [("学校", 1)] * rows)
    assert asked[0] == asked[1]


def test_the_workbook_is_whole_and_ready_for_paper(cast):
    weeks(cast, cast.school)
    make_week(cast.county, cast.other_school, counts=TINY, has_counsellor=False)
    make_week(cast.county, None, counts=QUEUE)
    content = client_of(cast).get(reverse("dashboards:county_figures")).content
    book = load_workbook(io.BytesIO(content))
    county = {row[0]: row[1:] for row in book["全县合计"].iter_rows(min_row=2, values_only=True)}
    with translation.override("zh-hans"):
        names = {key: str(DEFINITIONS[key].name) for key in (*presenters.LEDGER, *presenters.TABLE)}
    assert set(names.values()) <= set(county)
    assert county[names["connected"]] == ("90% 以上", 1, 1)
    assert county[names["with_concern"]] == ("20–38", 2, 0)
    for sheet in book:
        assert sheet.auto_filter.ref
        assert sheet.print_title_rows
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.freeze_panes.startswith("B")


@pytest.mark.parametrize("count", [1, 2, 12])
def test_every_look_reads_nothing_but_what_was_published(cast, count):
    """So what can be subtracted from what are spans, whatever is sorted, and of whatever weeks."""
    for number in range(count):
        school = make_school(cast.county, f"第{number}小学", f"6206221{number:02d}")
        weeks(cast, school, connected=(90 + number, 164))
    make_week(cast.county, None, counts=QUEUE)
    client = client_of(cast)
    ours = ("figures_", "schools_", "accounts_user", "django_session", "mfa_", "students_barrier")
    ours = (*ours, "account", "safeguarding_report")
    addresses = [(reverse(name, args=key), asked) for name, key, asked in LOOKS]
    for address, asked in [*addresses, (first_school_page(cast), {})]:
        with CaptureQueriesContext(connection) as asked_for:
            client.get(address, asked)
        for query in asked_for.captured_queries:
            tables = re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])
            strange = [one for one in tables if not one.startswith(ours)]
            assert not strange, query["sql"]


def first_school_page(cast: Cast) -> str:
    first = published(cast.county).schools[0].school
    return reverse("dashboards:county_school", args=[first.pk])


def test_the_county_is_said_from_spans_alone(cast):
    """Of one school the county's figure is the school's; of two, what lies between their spans."""
    weeks(cast, cast.school)
    assert page(cast).context["share"] == "90% 以上"
    other = make_school(cast.county, "泗水小学", "620622003")
    weeks(cast, other, connected=(100, 164))
    assert page(cast).context["share"] == "75–85%"
    make_week(cast.county, cast.other_school, counts=TINY)
    assert page(cast).context["share"] == "75–85%"
    assert page(cast).context["not_shown"] == 1


def test_a_correction_is_seen_and_takes_the_place_of_what_it_corrects(cast):
    weeks(cast, cast.school)
    corrected = COUNTS | {"connected": (80, 164)}
    make_week(cast.county, cast.school, counts=corrected, edition=2, why="补录了一周的通话")
    words = text_of(page(cast))
    assert "补录了一周的通话" in words
    assert page(cast).context["cells"][0]["share"].words == "40–50%"
    assert "补录了一周的通话" in text_of(school_page(cast, cast.school))
    book = client_of(cast).get(reverse("dashboards:county_figures"))
    assert "补录了一周的通话" in text_of(book)


def test_earlier_weeks_open_by_a_link(cast):
    for number in range(24):
        make_week(cast.county, cast.school, SUNDAY - number * WEEK, counts=COUNTS)
    board = page(cast).context["board"]
    assert (len(board.days), board.days[-1]) == (20, SUNDAY)
    earlier = page(cast, until=str(board.earlier)).context["board"]
    assert (len(earlier.days), earlier.earlier) == (4, None)
    assert page(cast, until="2026-13-40").context["board"].days == board.days
    assert "第一周还没有公布" in text_of(page(cast, until="2001-01-01"))


def test_the_workbook_says_the_same_with_its_meanings_and_what_is_missing(cast):
    weeks(cast, cast.school)
    make_week(cast.county, cast.other_school, counts=TINY)
    book = load_workbook(
        io.BytesIO(client_of(cast).get(reverse("dashboards:county_figures")).content)
    )
    last = {row[0]: row for row in book["最近一周"].iter_rows(min_row=5, values_only=True)}
    assert last["黄羊川中心小学"][1:6] == ("310–319", "160–169", "80–89", "10–19", "90% 以上")
    assert last["十八里堡小学"][5] == "人数太少，不显示"
    meanings = [row[0] for row in book["指标说明"].iter_rows(min_row=2, values_only=True)]
    with translation.override("zh-hans"):
        assert meanings == [str(one.name) for one in county_definitions()]
        name = str(DEFINITIONS["connected"].name)
    missing = {row[0]: row for row in book["缺多少"].iter_rows(min_row=2, values_only=True)}
    assert missing[name][1:] == (2, 1, 0, 0.5)


def test_every_published_figure_has_a_meaning(cast):
    publishing.publish_due(MONDAY_NOON)
    known = {one.key for one in county_definitions()}
    board = published(cast.county)
    for one in board.schools:
        assert one.last
        assert set(one.last.figures) <= known
    assert board.queue
    assert set(board.queue.figures) <= known
    shown = {key for keys in presenters.PARTS.values() for key in keys}
    assert shown == known


def test_another_countys_schools_are_none_of_theirs(cast):
    weeks(cast, cast.school)
    other = County.objects.create(name="天祝县")
    theirs = make_school(other, "天堂小学", "620623001")
    make_week(other, theirs, counts=COUNTS)
    cast.users["officer"] = make_user("officer", "外县")
    make_post(cast.users["officer"], "county_officer", county=other)
    assert [one["name"] for one in page(cast, "officer").context["cells"]] == ["天堂小学"]
    assert school_page(cast, theirs, "officer").status_code == 200
    assert school_page(cast, cast.school, "officer").status_code == 404
    assert school_page(cast, theirs).status_code == 404


def test_today_of_the_officer_is_that_page_and_nobody_elses(cast):
    weeks(cast, cast.school)
    answer = client_of(cast).get(reverse("staff:today"))
    assert answer["Location"] == reverse("dashboards:county")
    for who in ("principal", "counsellor", "admin", "superuser"):
        assert page(cast, who).status_code == 404
        assert school_page(cast, cast.school, who).status_code == 404


def test_ten_schools_cost_as_many_queries_as_one(cast, monkeypatch):
    monkeypatch.setattr("accounts.idle.SEEN_EVERY", 3600)  # else a slow machine notes it in between
    weeks(cast, cast.school)
    client = client_of(cast)
    addresses = [reverse(name, args=key) for name, key in PAGES]
    addresses.append(reverse("dashboards:county_school", args=[cast.school.pk]))

    def costs() -> list[int]:
        found = []
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                client.get(address)
            found.append(len(asked))
        return found

    few = costs()
    for number in range(9):
        school = make_school(cast.county, f"第{number}小学", f"62062210{number}")
        weeks(cast, school)
    make_week(cast.county, None, counts=QUEUE)
    assert costs() == few


@pytest.mark.parametrize(
    ("span", "english", "chinese"),
    [
        ((0, 10), "under 10%", "不到 10%"),
        ((90, 100), "90% or more", "90% 以上"),
        ((91, 92), "91%", "91%"),
        ((99, 100), "99%", "99%"),
        ((75, 80), "75–80%", "75–80%"),
    ],
)
def test_spans_in_words(span, english, chinese):
    with translation.override("en"):
        assert presenters.share_words(span) == english
    with translation.override("zh-hans"):
        assert presenters.share_words(span) == chinese


def test_a_row_of_dashes_says_its_reason_once():
    few, unknown = (presenters.Told(words, is_gap=True) for words in ("too few", "not known"))
    known = presenters.Told("80–90%")
    assert presenters.why_nothing([few, few, known]) == ""  # what is published stands there
    assert presenters.why_nothing([few, few]) == "too few"
    with translation.override("en"):
        assert presenters.why_nothing([few, unknown, few]) == "too few; not known"
    assert presenters.why_nothing([few, known]) == ""
    assert presenters.why_nothing([]) == ""
