"""Two counties and a province's hub: real servers: of the counties, their windows, and the hub."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.db.models import Max
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from openpyxl import load_workbook
from structlog.testing import capture_logs

from core import window
from dashboards.county import presenters as county_presenters
from figures import rules, tasks
from figures.baseline import province as baseline
from figures.class_weeks.models import ClassWeek
from figures.county_lines import lines
from figures.definitions import DEFINITIONS
from figures.models import PublishedFigure, PublishedWeek, SharedCounty, SharedFigure, SharedWeek
from figures.province import reading
from figures.province.replication import SENT, publication_of, received
from figures.spans import Sending
from homeschool.backups import postgres
from homeschool.hub import OF_SIGNING_IN, SERVED
from homeschool.walls import ensure_roles
from schools.models import County, Post, SchoolClass
from schools.roles import Role
from tests.access.test_matrix import TABLE
from tests.factories.cast import make_class, make_post, make_school, make_student, make_user
from tests.factories.factors import sign_in
from tests.factories.published import SUNDAY, make_week
from tests.faults.processes import Postgres, wait_for

# With as many slots as docs/operations.md says.
FOLLOWED = "wal_level=logical", "max_slot_wal_keep_size=64MB", "max_replication_slots=4"
# As fast as it gets, so that no test waits for PostgreSQL's own pauses.
FOLLOWS = "wal_retrieve_retry_interval=200ms", "wal_receiver_timeout=5s"
WEEK = timedelta(days=7)
COUNTS = {"pupils": 310, "away": 164, "connected": (120, 164), "reached": (150, 164)}
# Tables of Django's own that a migrated database fills by itself.
DJANGO = "django_migrations", "django_content_type", "auth_permission"


@dataclass(frozen=True)
class Joined:
    """A county: how the province names it, its own database, and the server that is its window."""

    code: str
    name: str
    server: SimpleNamespace
    window: Postgres


def copy_of(one: Postgres, *settings: str) -> Postgres:
    """Of a server that is stopped; loading the schema takes longer."""
    made = Postgres(*settings)
    subprocess.run(["cp", "-a", one.folder / "data", made.folder / "data"], check=True)
    (made.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
    made.start()
    return made


@contextmanager
def on(
    server: Postgres | SimpleNamespace, at_window: Postgres | SimpleNamespace | None = None
) -> Iterator[None]:
    """This process is one of that server; with a window, that of the county."""
    before = dict(connection.settings_dict)
    connection.close()
    there = {"HOST": str(server.folder), "NAME": server.NAME, "USER": "postgres", "PASSWORD": ""}
    connection.settings_dict.update(there)
    if at_window:
        told = {**connection.settings_dict, "HOST": str(at_window.folder), "NAME": at_window.NAME}
        connections.settings[window.ALIAS] = told
    try:
        yield
    finally:
        if window.ALIAS in connections.settings:
            connections[window.ALIAS].close()
            del connections[window.ALIAS], connections.settings[window.ALIAS]
        connection.close()
        connection.settings_dict.update(before)


def found_county(one: Joined) -> None:
    """Two schools with what nobody else may learn: the kept weeks of their classes."""
    with on(one.server):
        county = County.objects.create(name=one.name)
        for number in (1, 2):
            school = make_school(county, f"{one.name[:2]}{number}小", f"S{number}")
            ClassWeek.objects.create(
                school=school, school_class=make_class(school, 3, 1), ends_on=SUNDAY, key="pupils",
                numerator=3, denominator=3, counted_at="2026-11-23T04:00Z",
            )  # fmt: skip
        make_school(county, "试用小学", "DEMO", is_demo=True)
    publish(one, SUNDAY)


def publish(one: Joined, ends_on, **about) -> None:
    with on(one.server):
        county = County.objects.get(name=one.name)
        for school in county.schools.all():
            make_week(county, school, ends_on, counts=COUNTS, **about)
        make_week(county, None, ends_on, counts={"waiting": 11}, **about)


def publish_next(one: Joined, **about) -> date:
    """A week that no other test has published; return its Sunday."""
    ends_on = last_of(one) + WEEK
    publish(one, ends_on, **about)
    return ends_on


def last_of(one: Joined) -> date:
    with on(one.server):
        return PublishedWeek.objects.aggregate(last=Max("ends_on"))["last"]


def share(one: Joined) -> int:
    with on(one.server, one.window):
        return tasks.share()


def answer(*words: str, **options: object) -> str:
    out = StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


def address_of(one: Joined, folder: Path) -> str:
    """A file with a new address, as it is handed over."""
    with on(one.server, one.window):
        told = answer("share_with_province", county=one.name, code=one.code, new_address=True)
    address = folder / f"{one.code}.txt"
    address.write_text(next(line for line in told.splitlines() if line.startswith("postgres:")))
    return str(address)


def join(one: Joined, hub: Postgres, folder: Path) -> None:
    address = address_of(one, folder)
    with on(hub):
        answer("receive_county", code=one.code, source=address)


def joins_again(one: Joined, hub: Postgres, folder: Path) -> None:
    """As it was, for the tests that come after."""
    with on(hub):
        answer("receive_county", code=one.code, end=True)
    join(one, hub, folder)


@pytest.fixture
def hub_is_on(settings):
    settings.PROVINCE_HUB = True


@pytest.fixture(scope="module")
def province(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[SimpleNamespace]:
    """Two counties that have joined a hub, and an officer of the province."""
    before, opened = dict(connection.settings_dict), []
    with django_db_blocker.unblock():
        connection.close()
        try:
            own, first = Postgres(), Postgres(*FOLLOWED)
            opened += [own, first]
            for one in opened:
                one.create(before)
            own._run("createdb", "-h", own.folder, "-U", "postgres", "-T", own.NAME, "second")
            first.end_at_once()
            second, hub = copy_of(first, *FOLLOWED), copy_of(first, *FOLLOWS)
            opened += [second, hub]
            first.start()
            django_settings.PROVINCE_HUB = True
            counties = [
                Joined("620622", "古浪县", own, first),
                Joined(
                    "620623", "天祝县", SimpleNamespace(folder=own.folder, NAME="second"), second
                ),
            ]
            for one in counties:
                found_county(one)
                join(one, hub, tmp_path_factory.mktemp("hub"))
            with on(hub):
                ensure_roles(connection)
                officer = make_user("province", "郑省")
                place = County.objects.create(name="甘肃省")
                make_post(officer, Role.COUNTY_OFFICER, county=place)
            yield SimpleNamespace(first=counties[0], second=counties[1], hub=hub, officer=officer)
        finally:
            django_settings.PROVINCE_HUB = False
            for one in opened:
                with suppress(Exception):
                    one.close()
            connection.close()
            connection.settings_dict.update(before)


def came(one: Joined, ends_on, edition: int = 1) -> bool:
    rows = SharedWeek.objects.filter(county=one.code, ends_on=ends_on, edition=edition)
    figures = SharedFigure.objects.filter(week__in=rows)
    return rows.count() == 3 and figures.count() == 2 * len(COUNTS) + 1


def arrives(province, one: Joined, ends_on, edition: int = 1) -> None:
    with on(province.hub):
        wait_for(lambda: came(one, ends_on, edition), 20)


def page(province, name: str = "counties", *args: str) -> str:
    with on(province.hub):
        client = Client()
        sign_in(client, province.officer)
        got = client.get(reverse(f"province:{name}", args=args))
        assert got.status_code == 200
        return got.content.decode()


PAGES = {
    "counties": {},
    "figures": {},
    "since": {},
    "county": {"code": "620622"},
    "school": {"code": "620622", "school_code": "S1"},
}
WHO = (
    "teacher",
    "counsellor",
    "principal",
    "admin",
    "village",
    "county_admin",
    "superuser",
    "mother",
)


@pytest.mark.django_db
@pytest.mark.parametrize("is_hub", [False, True])
def test_only_a_hub_s_officers_see_it(cast, settings, is_hub):
    settings.PROVINCE_HUB = is_hub
    county = SharedCounty.objects.create(code="620622", name="古浪县")
    SharedWeek.objects.create(
        id=SharedWeek.key_of("620622", "S1", SUNDAY, 1), county=county, school_code="S1",
        school_name="一小", ends_on=SUNDAY, edition=1, published_at="2026-11-23T04:00Z",
    )  # fmt: skip
    for page, named in PAGES.items():
        address = reverse(f"province:{page}", kwargs=named)
        assert _asked(cast, "county", address) == (200 if is_hub else 404), page
        assert {_asked(cast, who, address) for who in WHO} == {404}, page
        assert Client().get(address).status_code == 302
    assert _asked(cast, "county", reverse("province:county", args=["999999"])) == 404
    assert _asked(cast, "county", reverse("province:school", args=["620622", "S9"])) == 404


def _asked(cast, who: str, address: str) -> int:
    client = Client()
    client.force_login(cast.users[who])
    return client.get(address).status_code


@pytest.mark.django_db
def test_a_hub_serves_nothing_about_a_child(cast, settings):
    """Anyone who might ask: every page of the house but its own, signing in and what watches it."""
    settings.PROVINCE_HUB = True
    officer, client = Client(), Client()
    officer.force_login(cast.users["county"])
    assert officer.get("/").url == reverse("province:counties")
    rail = officer.get(reverse("province:counties")).context["rail"]
    assert [one["url"] for one in rail] == [reverse("province:counties")]
    client.force_login(cast.users["admin"])
    for name in TABLE:
        if name in ("staff:today", *SERVED) or name.startswith(OF_SIGNING_IN):
            continue
        with suppress(NoReverseMatch):  # what is about one child stands behind the same gate
            address = reverse(name)
            assert client.get(address).status_code == 404, name
            assert client.post(address).status_code == 404, name


@pytest.mark.django_db
def test_its_pages_ask_the_same_of_one_and_of_ten_counties(cast, settings):
    settings.PROVINCE_HUB = True
    client = Client()
    client.force_login(cast.users["county"])
    client.get(reverse("province:counties"))  # what every page shows is kept for a moment
    asked = []
    for codes in (range(1), range(1, 10)):
        for code in codes:
            county = SharedCounty.objects.create(code=f"62{code:04d}", name=f"第{code}县")
            for school in ("S1", "S2"):
                key = SharedWeek.key_of(county.pk, school, SUNDAY, 1)
                SharedWeek.objects.create(
                    id=key, county=county, school_code=school, school_name=school, ends_on=SUNDAY,
                    edition=1, published_at="2026-11-23T04:00Z",
                )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("province:counties")).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]


def share_week(county: SharedCounty, school: str, ends_on=SUNDAY, **about) -> None:
    SharedWeek.objects.create(
        id=SharedWeek.key_of(county.pk, school, ends_on, 1), county=county, school_code=school,
        school_name=f"{school}小学", ends_on=ends_on, edition=1,
        published_at="2026-11-23T04:00Z", **about,
    )  # fmt: skip


def share_figures(county: SharedCounty, school: str, ends_on=SUNDAY, **spans) -> None:
    """By key; None: left out as too few."""
    week = SharedWeek.objects.get(pk=SharedWeek.key_of(county.pk, school, ends_on, 1))
    for key, span in spans.items():
        low, high = span or (None, None)
        SharedFigure.objects.create(
            id=SharedFigure.key_of(week, key), week=week, key=key,
            unit="share" if key in ("connected", "reached") else "count",
            low=low, high=high, gap="" if span else "few",
        )  # fmt: skip


def name_of(key: str) -> str:
    with translation.override("zh-hans"):
        return str(DEFINITIONS[key].name)


def workbook_of(cast):
    client = Client()
    client.force_login(cast.users["county"])
    answer = client.get(reverse("province:figures"))
    assert answer.status_code == 200
    return load_workbook(io.BytesIO(answer.content))


@pytest.mark.django_db
def test_the_workbook_tells_of_counties_what_the_page_tells(cast, settings):
    settings.PROVINCE_HUB = True
    county = SharedCounty.objects.create(code="620622", name="古浪县")
    SharedCounty.objects.create(code="620623", name="天祝县")  # nothing has come of it
    for school, share in (("S1", (50, 55)), ("S2", (80, 85))):
        share_week(county, school, has_counsellor=school == "S1")
        share_figures(county, school, connected=share, away=(200, 209), pupils=(300, 309))
    share_week(county, "S3", has_counsellor=True)
    share_figures(county, "S3", connected=None, away=None)
    share_week(county, "S1", SUNDAY - WEEK)
    share_figures(county, "S1", SUNDAY - WEEK, connected=(40, 45), away=(200, 209))
    book = workbook_of(cast)
    last, weeks, missing, meanings = book
    head, first, second = [[cell.value for cell in row] for row in list(last.rows)[3:]]
    told = dict(zip(head, first, strict=True))
    (cell,) = [one for one in reading.province().counties if one.code == "620622"]
    assert first[0] == "古浪县"
    assert told[name_of("connected")] == county_presenters.share_words(cell.spans[-1])
    assert told[name_of("away")] == "400–418"
    assert told[name_of("pupils")] == "600–618"
    assert first[-2:] == [1, 0]
    assert second[:3] == ["天祝县", "还没有收到数据", 0]
    assert [row[:5] for row in weeks.iter_rows(min_row=2, values_only=True)][:2] == [
        ("古浪县", (SUNDAY - WEEK).isoformat(), name_of("connected"), 40, 45),
        ("古浪县", SUNDAY.isoformat(), name_of("connected"), *cell.spans[-1]),
    ]
    gaps = {row[:2]: row[2:] for row in missing.iter_rows(min_row=2, values_only=True)}
    assert gaps["古浪县", name_of("connected")] == (3, 1, 0, pytest.approx(1 / 3))
    assert meanings.max_row > 10


@pytest.mark.django_db
def test_the_workbook_asks_the_same_of_one_and_of_ten_counties(cast, settings):
    settings.PROVINCE_HUB = True
    workbook_of(cast)
    asked = []
    for codes in (range(1), range(1, 10)):
        for code in codes:
            county = SharedCounty.objects.create(code=f"62{code:04d}", name=f"第{code}县")
            for school in ("S1", "S2"):
                share_week(county, school)
                share_figures(county, school, connected=(50, 55), away=(200, 209))
        with CaptureQueriesContext(connection) as queries:
            workbook_of(cast)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def share_weeks(code: str, schools: int, weeks: int = 12, rise: int = 30) -> None:
    """Of so many schools, the last so many weeks: 40–45 % talked in the first four, then as many more."""
    county = SharedCounty.objects.create(code=code, name=f"{code}县")
    for number in range(schools):
        for back in range(weeks):
            day, more = SUNDAY - back * WEEK, rise * (back < weeks - 4)
            share_week(county, f"S{number}", day)
            spans = {"connected": (40 + more, 45 + more), "away": (200, 209)}
            share_figures(county, f"S{number}", day, **spans)


@pytest.mark.django_db
def test_counties_stand_beside_the_first_weeks_of_their_schools(
    cast, settings, django_assert_num_queries
):
    settings.PROVINCE_HUB = True
    share_weeks("620620", 9)
    share_weeks("620621", 2)
    share_weeks("620622", 1, weeks=5)  # too early
    SharedCounty.objects.create(code="620623", name="天祝县")
    with django_assert_num_queries(3):
        found = baseline.since_start()
    assert [(one.since.schools, one.since.young) for one in found.counties] == [
        (9, 0), (2, 0), (0, 1), (0, 0)
    ]  # fmt: skip
    connected, reached, *_not_shared = found.together
    assert connected.compared.difference == pytest.approx(0.3)
    assert connected.compared.interval is None  # of two counties
    assert reached.compared is None
    client = Client()
    client.force_login(cast.users["county"])
    answer = client.get(reverse("province:since"))
    cells = {one["name"]: one["cells"][0] for one in answer.context["counties"]}
    assert cells == {
        "620620县": "约42% → 约72%",
        "620621县": "2个里，2个升高，0个降低",
        "620622县": "还太早",
        "天祝县": "–",
    }
    page = answer.content.decode()
    assert "2 个县：不到8个" in page
    assert "30个百分点" not in page
    assert "不上报学校哪天开始" in page


@pytest.mark.django_db
def test_weeks_without_a_figure_are_added_up_and_young_schools_named(cast, settings):
    """A county of one school does not weigh as much as one of nine."""
    settings.PROVINCE_HUB = True
    share_weeks("620620", 9)
    share_weeks("620621", 1)
    share_weeks("620622", 2, weeks=5)
    of_one = SharedFigure.objects.filter(week__county="620621", key="connected")
    of_one.filter(week__ends_on=SUNDAY).delete()
    connected = baseline.since_start().together[0]
    assert (connected.weeks, connected.known) == (80, 79)
    assert connected.missing == 1
    client = Client()
    client.force_login(cast.users["county"])
    page = client.get(reverse("province:since")).content.decode()
    assert "参与比较的学校" in page
    assert "还有2所学校不满8周" in page


@pytest.mark.django_db
def test_the_workbook_says_nothing_of_a_county_silent_for_longer_than_is_shown(cast, settings):
    settings.PROVINCE_HUB = True
    share_weeks("620620", 1, weeks=1)
    silent = SharedCounty.objects.create(code="620621", name="620621县")
    share_week(silent, "S1", SUNDAY - 60 * WEEK, has_counsellor=False)
    sheet = workbook_of(cast).worksheets[0]
    rows = {row[0]: row for row in sheet.iter_rows(values_only=True)}
    assert rows["620620县"][-2:] == (0, 0)
    assert rows["620621县"][-2:] == (None, None)


@pytest.mark.django_db
def test_of_eight_counties_there_is_an_interval(cast, settings):
    settings.PROVINCE_HUB = True
    for number in range(8):
        share_weeks(f"62062{number}", 1, rise=20 + number)
    connected = baseline.since_start().together[0].compared
    low, high = connected.interval
    assert low < connected.difference < high
    client = Client()
    client.force_login(cast.users["county"])
    assert "个百分点" in client.get(reverse("province:since")).content.decode()


@pytest.mark.django_db
def test_the_last_edition_of_a_shared_week_counts(cast):
    share_weeks("620620", 1)
    county = SharedCounty.objects.get()
    SharedWeek.objects.create(
        id=SharedWeek.key_of(county.pk, "S0", SUNDAY, 2), county=county, school_code="S0",
        school_name="S0小学", ends_on=SUNDAY, edition=2, published_at="2026-11-24T04:00Z",
    )  # fmt: skip
    assert baseline.since_start().counties[0].since.changes[0].missing == 12  # one week of eight


@pytest.mark.django_db
def test_a_school_where_nobody_confirmed_who_has_access_leads_to_its_page(cast, settings):
    settings.PROVINCE_HUB = True
    county = SharedCounty.objects.create(code="620622", name="古浪县")
    share_week(county, "S1", access_confirmed=False)
    share_week(county, "S2", access_confirmed=True)
    client = Client()
    client.force_login(cast.users["county"])
    context = client.get(reverse("province:county", args=["620622"])).context
    (missing,) = context["access"]["missing"]
    assert missing["url"] == reverse("province:school", args=["620622", "S1"])
    assert client.get(missing["url"]).status_code == 200


@pytest.mark.django_db
def test_a_school_counts_as_unused_at_the_hub_when_it_does_in_its_county(cast, settings):
    settings.PROVINCE_HUB = True
    county = SharedCounty.objects.create(code="620622", name="古浪县")
    late = SharedCounty.objects.create(code="620623", name="天祝县")
    for number in range(rules.UNUSED_WEEKS):
        ends_on = SUNDAY - number * WEEK
        share_week(county, "S1", ends_on, is_used=False)
        share_week(county, "S2", ends_on, is_used=number > 0)  # not in the last week alone
        share_week(county, "S3", ends_on, is_used=False if number else None)
        share_week(late, "S1", ends_on - 3 * WEEK, is_used=False)
    counted = {one.code: one.helped for one in reading.province().counties}
    assert counted == {"620622": 1, "620623": 1}
    for one in (county, late):
        shown = county_presenters.page(one, lines(one), False, SUNDAY)
        assert len(shown["helped"]) == counted[one.pk]


@pytest.mark.django_db
def test_a_week_that_was_not_published_hides_no_unused_school_at_the_hub(cast, settings):
    """As in the county: a week without figures says nothing about a school."""
    settings.PROVINCE_HUB = True
    county = SharedCounty.objects.create(code="620622", name="古浪县")
    for number in range(rules.UNUSED_WEEKS):
        share_week(county, "S1", SUNDAY - 2 * number * WEEK, is_used=False)
    share_week(county, "S2", SUNDAY, is_used=False)  # of its first week alone nothing is said
    (one,) = reading.province().counties
    shown = county_presenters.page(county, lines(county), False, SUNDAY)
    assert one.helped == len(shown["helped"]) == 1


@pytest.mark.django_db
def test_a_school_missing_from_a_correction_keeps_its_first_edition_on_both_pages(cast, settings):
    settings.PROVINCE_HUB = True
    county = SharedCounty.objects.create(code="620622", name="古浪县")
    for school in ("S1", "S2"):
        share_week(county, school, has_counsellor=False, sending=Sending.STOPPED)
    SharedWeek.objects.create(
        id=SharedWeek.key_of(county.pk, "S1", SUNDAY, 2), county=county, school_code="S1",
        school_name="S1小学", ends_on=SUNDAY, edition=2, has_counsellor=True,
        published_at="2026-11-24T04:00Z", sending=Sending.GOES,
    )  # fmt: skip
    (one,) = reading.province().counties
    board = lines(county)
    shown = county_presenters.page(county, board, False, SUNDAY)
    assert one.schools == len(board.schools) == 2
    assert [found["name"] for found in shown["helped"]] == ["S2小学"]
    assert [found["name"] for found in shown["without"]] == ["S2小学"]
    assert (one.helped, one.without_counsellor) == (1, 1)


@pytest.mark.django_db
def test_of_a_county_that_has_just_joined_nothing_has_come_yet(cast, settings):
    settings.PROVINCE_HUB = True
    share_week(SharedCounty.objects.create(code="620622", name="古浪县"), "S1")
    share_week(SharedCounty.objects.get(), "S1", SUNDAY - 5 * WEEK)
    SharedCounty.objects.create(code="620623", name="天祝县")
    client = Client()
    client.force_login(cast.users["county"])
    first, second = client.get(reverse("province:counties")).context["cells"]
    assert (first["says"], second["says"]) == ("", "还没有收到数据")


@pytest.mark.django_db
def test_the_last_week_of_all_counties_is_found_by_an_index():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT max(ends_on) FROM figures_sharedweek")
        assert "shared_week_ends_on" in str(cursor.fetchall())


STANDS = """
import sys, django
django.setup()
from django.db import connections
from homeschool import walls
walls.stand_behind(sys.argv[1])
print(connections.settings.get("window", {}).get("USER"))
"""


@pytest.mark.parametrize(
    ("kind", "user"), [("web", "None"), ("sender", "None"), ("worker", window.BRINGER)]
)
def test_only_the_worker_keeps_a_connection_to_the_window(kind, user):
    address = {"DATABASE_WINDOW_URL": "postgres://owner:word@window/window"}
    asked = subprocess.run(
        [sys.executable, "-c", STANDS, kind], env=os.environ | address | {"DATABASE_ROLES": "1"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert asked.stdout.strip() == user


def test_both_counties_stand_side_by_side(province):
    for one in (province.first, province.second):
        arrives(province, one, SUNDAY)
    told = page(province)
    assert told.index("古浪县") < told.index("天祝县")
    assert told.count("spark") >= 2
    assert "试用小学" not in page(province, "county", "620622")
    schools = page(province, "county", "620622")
    assert "古浪1小" in schools
    assert "天祝1小" not in schools
    assert reverse("province:school", args=["620622", "S1"]) in schools
    # The same code of a school in both counties: each its own.
    assert "古浪1小" in page(province, "school", "620622", "S1")
    assert "天祝1小" in page(province, "school", "620623", "S1")


def test_nothing_else_is_published_and_nothing_else_is_there(province):
    one = province.first
    with on(one.window), connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, attnames::text[] FROM pg_publication_tables"
            " WHERE pubname = 'jiaqiao_published_620622' AND rowfilter LIKE '%620622%'"
        )
        sent = {table: set(columns) for table, columns in cursor.fetchall()}
        assert sent == {table: set(columns.split()) for table, columns in SENT.items()}
        cursor.execute("SELECT pubname, puballtables, pubupdate, pubdelete FROM pg_publication")
        assert cursor.fetchall() == [(publication_of("620622"), False, False, False)]
        filled = {table for table in connection.introspection.table_names() if _rows(cursor, table)}
        assert filled - {*DJANGO} == {*SENT}
    with on(one.server), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_publication")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM pg_replication_slots")
        assert cursor.fetchone() == (0,)
        assert ClassWeek.objects.exists()
    with on(province.hub), connection.cursor() as cursor:
        of_officer = {Post._meta.db_table, "schools_county", "accounts_user"}
        filled = {table for table in connection.introspection.table_names() if _rows(cursor, table)}
        assert not {table for table in filled if table.startswith(("students_", "guardians_"))}
        assert {"figures_classweek", "schools_school"}.isdisjoint(filled)
        assert of_officer < filled


def _rows(cursor, table: str) -> bool:
    cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}")')  # noqa: S608 (our tables)
    return cursor.fetchone()[0]


def test_whoever_follows_the_window_can_read_no_other_table(province):
    """And may copy its server whole, as PostgreSQL lets whoever follows one: which is why it is one apart."""
    one = province.first
    with on(one.window), connection.cursor() as cursor:
        cursor.execute("SET ROLE jiaqiao_hub")
        for table in SENT:
            _rows(cursor, table)
        for table in ("students_student", "figures_classweek", "accounts_user"):
            with pytest.raises(DatabaseError, match="permission denied"):
                _rows(cursor, table)
        cursor.execute("RESET ROLE")
    copied = subprocess.run(
        [one.window.bin / "psql", "-X", "-d", f"host={one.window.folder} user=jiaqiao_hub"
         f" dbname={one.window.NAME} replication=database", "-c", "BASE_BACKUP (CHECKPOINT 'fast')"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert len(copied.stdout) > 1_000_000


def test_a_window_beside_the_county_s_own_database_is_refused(province):
    one = province.first
    with on(one.server, one.server), pytest.raises(CommandError, match="server of its own"):
        answer("share_with_province", county=one.name, code=one.code)


def test_a_county_that_is_offline_catches_up_and_holds_up_no_other(province):
    share(province.second)
    last = max(map(last_of, (province.first, province.second)))
    ends_on = last + WEEK
    province.first.window.end_at_once()
    for one in (province.first, province.second):
        publish(one, ends_on)
    assert share(province.first) == 0  # it waits in the county
    assert share(province.second) == 1
    arrives(province, province.second, ends_on)
    told = page(province)
    assert "没有收到新数据" in told
    province.first.window.start()
    assert share(province.first) >= 1
    arrives(province, province.first, ends_on)
    assert "没有收到新数据" not in page(province)


def test_a_hub_that_is_down_holds_up_nothing_in_a_county(province):
    share(province.first)
    province.hub.end_at_once()
    ends_on = publish_next(province.first)
    assert share(province.first) == 1
    with on(province.first.server):
        assert PublishedWeek.objects.filter(ends_on=ends_on).count() == 4
    province.hub.start()
    arrives(province, province.first, ends_on)


def test_what_was_brought_is_brought_once(province):
    share(province.first)
    assert share(province.first) == 0
    with on(province.first.server, province.first.window):
        told = answer("share_with_province", county="古浪县", code="620622")
        assert told.startswith("0 weeks")
        assert "postgres://" not in told  # its address is shown once
        told = answer("share_with_province", county="古浪县", code="620622", new_address=True)
        assert told.index("postgres://") < told.index("0 weeks")  # nothing can fail before it
        County.objects.create(name="别的县")
        with pytest.raises(CommandError, match="古浪县"):
            answer("share_with_province", county="别的县", code="620622")
        County.objects.filter(name="别的县").delete()


def test_a_correction_arrives_without_its_words(province):
    share(province.first)
    publish(province.first, SUNDAY, edition=2, why="泗水小学的王小明补录")
    assert share(province.first) == 1
    arrives(province, province.first, SUNDAY, edition=2)
    with on(province.hub), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM figures_sharedweek w WHERE w::text LIKE '%王小明%'")
        assert cursor.fetchone() == (0,)


def test_a_count_under_ten_does_not_get_in(province):
    """Whatever a county's window holds: the hub's own tables refuse it."""
    arrives(province, province.first, SUNDAY)
    with on(province.hub):
        week = SharedWeek.objects.filter(school_code="S1").first()
        three = SharedFigure(id=uuid4(), week=week, key="x", unit="count", low=3, high=3)
        with pytest.raises(DatabaseError, match="counts_in_tens"):
            three.save(force_insert=True)


def test_the_hub_says_what_it_follows_and_lets_a_county_go(province, hub_is_on, tmp_path):
    ends_on = publish_next(province.first)
    share(province.first)
    arrives(province, province.first, ends_on)
    with on(province.hub):
        told = answer("receive_county")
        assert f"620622 古浪县: until {ends_on}, window heard" in told
        assert len(received()) == 2
        answer("receive_county", code="620623", end=True)
        assert not SharedWeek.objects.filter(county="620623").exists()
        assert list(SharedCounty.objects.values_list("pk", flat=True)) == ["620622"]
        with pytest.raises(CommandError, match="No county of this code"):
            answer("receive_county", code="620623", end=True)
    with on(province.second.window), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_replication_slots")
        assert cursor.fetchone() == (0,)
    join(province.second, province.hub, tmp_path)
    arrives(province, province.second, SUNDAY)


def test_a_county_is_let_go_where_that_was_killed_halfway(province, hub_is_on, tmp_path):
    """The subscription was gone, and what had come still stood."""
    one = province.second
    arrives(province, one, SUNDAY)
    with on(province.hub):
        with connection.cursor() as cursor:
            cursor.execute("DROP SUBSCRIPTION jiaqiao_county_620623")
        answer("receive_county", code=one.code, end=True)
        assert not SharedWeek.objects.filter(county=one.code).exists()
    join(one, province.hub, tmp_path)
    arrives(province, one, SUNDAY)


def test_a_hub_that_was_restored_follows_again(province, hub_is_on, tmp_path):
    """Its rows are those of the backup, it follows nobody, and the window still keeps a place for it."""
    one = province.second
    arrives(province, one, SUNDAY)
    with on(province.hub), connection.cursor() as cursor:
        for how in ("DISABLE", "SET (slot_name = NONE)"):
            cursor.execute(f"ALTER SUBSCRIPTION jiaqiao_county_620623 {how}")
        cursor.execute("DROP SUBSCRIPTION jiaqiao_county_620623")
    with pytest.raises(CommandError, match="--end first"):
        join(one, province.hub, tmp_path)
    joins_again(one, province.hub, tmp_path)
    arrives(province, one, SUNDAY)


def test_a_backup_of_a_hub_has_no_subscription_in_it(province):
    """It holds each window's password, and would be made again, and fail, in each trial of a restore."""
    with on(province.hub), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        pieces = b"".join(postgres.dump(cursor.fetchone()[0]))
    program = province.hub.bin / "pg_restore"
    told = subprocess.run([program, "-s", "-f", "-"], input=pieces, capture_output=True, check=True)
    assert b"figures_sharedweek" in told.stdout
    assert b"SUBSCRIPTION" not in told.stdout
    assert b"PUBLICATION" not in told.stdout


def test_a_wrong_code_is_refused(province, hub_is_on, tmp_path):
    address = address_of(province.first, tmp_path)
    with on(province.hub):
        with pytest.raises(CommandError, match="that of 620622"):
            answer("receive_county", code="620699", source=address)
        assert len(received()) == 2


def test_a_hub_without_room_for_another_county_says_so(province, hub_is_on, tmp_path):
    """PostgreSQL itself would take it, and leave it standing still."""
    address = address_of(province.first, tmp_path)
    others = [f"jiaqiao_county_00000{n}" for n in range(2)]
    with on(province.hub), connection.cursor() as cursor:
        for one in others:
            cursor.execute(
                f"CREATE SUBSCRIPTION {one} CONNECTION 'dbname=x' PUBLICATION x WITH (connect = false)"
            )
        try:
            with pytest.raises(CommandError, match="max_logical_replication_workers = 6"):
                answer("receive_county", code="620699", source=address)
        finally:
            for one in others:
                cursor.execute(f"ALTER SUBSCRIPTION {one} SET (slot_name = NONE)")
                cursor.execute(f"DROP SUBSCRIPTION {one}")


def test_a_window_that_publishes_more_is_not_followed(province, hub_is_on, tmp_path):
    """A county that was taken over would otherwise give itself an officer of the province."""
    one = province.second
    address = address_of(one, tmp_path)
    more = f"ALTER PUBLICATION {publication_of(one.code)} {{}} TABLE accounts_user"
    with on(province.hub):
        answer("receive_county", code=one.code, end=True)
    with on(one.window), connection.cursor() as cursor:
        cursor.execute(more.format("ADD"))
    try:
        with on(province.hub), pytest.raises(CommandError, match="something else"):
            answer("receive_county", code=one.code, source=address)
    finally:
        with on(one.window), connection.cursor() as cursor:
            cursor.execute(more.format("DROP"))
    join(one, province.hub, tmp_path)
    arrives(province, one, SUNDAY)


def test_what_is_followed_may_add_published_rows_and_nothing_else(province):
    arrives(province, province.first, SUNDAY)
    with on(province.hub), connection.cursor() as cursor:
        cursor.execute(
            "SELECT subname, rolname, rolsuper, subrunasowner FROM pg_subscription JOIN pg_roles"
            " ON pg_roles.oid = subowner ORDER BY 1"
        )
        names = ["jiaqiao_county_620622", "jiaqiao_county_620623"]
        assert cursor.fetchall() == [(name, name, False, True) for name in names]
        cursor.execute("SET ROLE jiaqiao_county_620622")
        for refused in (
            "INSERT INTO schools_post (id) VALUES (9)",
            "INSERT INTO accounts_user (id) VALUES (9)",
            "UPDATE figures_sharedweek SET is_late = true",
            "DELETE FROM figures_sharedfigure",
            "TRUNCATE figures_sharedcounty CASCADE",
            "SELECT * FROM accounts_user",
        ):
            with pytest.raises(DatabaseError, match="permission denied"):
                cursor.execute(refused)
        cursor.execute("RESET ROLE")


@pytest.mark.parametrize("table", SENT)
def test_a_window_writes_nothing_of_a_neighbour(province, hub_is_on, tmp_path, table):
    """However it came to hold such a row and to publish it; its own county alone stands still."""
    one, neighbour = province.first, province.second
    arrives(province, one, SUNDAY)
    arrives(province, neighbour, SUNDAY)
    code = publication_of(one.code)
    with on(neighbour.window):
        week = SharedWeek.objects.filter(school_code="S1").first()
    false = {
        "figures_sharedcounty": SharedCounty(code="620688", name="别的县"),
        "figures_sharedweek": SharedWeek(
            id=SharedWeek.key_of("620622", "S8", SUNDAY, 1), county_id="620623", school_code="S8",
            school_name="假", ends_on=SUNDAY, edition=1, published_at=week.published_at,
        ),
        "figures_sharedfigure": SharedFigure(
            id=uuid4(), week_id=week.pk, key="false", unit="count", low=90, high=99
        ),
    }[table]  # fmt: skip
    with on(one.window), connection.cursor() as cursor:
        cursor.execute(f"ALTER PUBLICATION {code} SET TABLE {', '.join(SENT)}")
        cursor.execute(
            "SET session_replication_role = replica"
        )  # as anyone who owns that server may
        false.save(force_insert=True)
    log = province.hub.folder / "log"
    wait_for(lambda: "A row of another county" in log.read_text(), 20)
    with on(province.hub):
        assert not type(false).objects.filter(pk=false.pk).exists()
    with on(one.window), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        type(false).objects.filter(pk=false.pk).delete()
    log.write_text("")
    joins_again(one, province.hub, tmp_path)
    arrives(province, one, SUNDAY)


def test_the_worker_brings_weeks_as_a_role_that_may_do_nothing_else(province):
    one = province.first
    ends_on = publish_next(one)
    with on(one.server, one.window):
        connections.settings[window.ALIAS]["USER"] = window.BRINGER
        assert tasks.share() >= 1
        with connections[window.ALIAS].cursor() as cursor:
            for refused in ("SELECT * FROM accounts_user", "DELETE FROM figures_sharedweek"):
                with pytest.raises(DatabaseError, match="permission denied"):
                    cursor.execute(refused)
    arrives(province, one, ends_on)


def test_a_window_that_is_not_migrated_and_a_county_that_is_gone_are_told(province):
    one = province.first
    with on(one.server, one.window):
        with connections[window.ALIAS].cursor() as cursor:
            cursor.execute("ALTER TABLE figures_sharedcounty RENAME TO away")
        try:
            with capture_logs() as told:
                assert tasks.share() == 0
        finally:
            with connections[window.ALIAS].cursor() as cursor:
                cursor.execute("ALTER TABLE away RENAME TO figures_sharedcounty")
        assert [entry["event"] for entry in told] == ["window_away"]
        County.objects.update(name="古浪新县")
        try:
            with capture_logs() as told:
                assert tasks.share() == 0
        finally:
            County.objects.update(name=one.name)
        assert [(entry["event"], entry["code"]) for entry in told] == [("county_gone", one.code)]


def test_a_renamed_county_goes_on_under_its_new_name(province, hub_is_on):
    one, name = province.first, "古浪新县"
    with on(one.server, one.window):
        County.objects.update(name=name)
        with pytest.raises(CommandError, match="renamed"):
            answer("share_with_province", county=name, code=one.code, was="某县")
        answer("share_with_province", county=name, code=one.code, was=one.name)
    renamed = replace(one, name=name)
    try:
        ends_on = publish_next(renamed)
        assert share(renamed) == 1
        arrives(province, renamed, ends_on)
        with on(province.hub):
            answer("receive_county", code=one.code, name=name)
            with pytest.raises(CommandError, match="No county of this code"):
                answer("receive_county", code="620699", name=name)
        assert name in page(province)
    finally:
        with on(one.server, one.window):
            County.objects.update(name=one.name)
            answer("share_with_province", county=one.name, code=one.code, was=name)
        with on(province.hub):
            answer("receive_county", code=one.code, name=one.name)


def test_one_county_s_trouble_keeps_no_other_of_the_same_window_back(province):
    """A window may be that of several counties; each is followed by itself."""
    one = province.first
    trouble = "CONSTRAINT trouble"
    with on(one.server, one.window):
        beside = County.objects.create(name="民勤县")
        answer("share_with_province", county=beside.name, code="620621")  # the first by its code
        make_week(beside, None, SUNDAY, counts={"waiting": 11})
    ends_on = publish_next(one)
    with on(one.server, one.window), connections[window.ALIAS].cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE figures_sharedweek ADD {trouble} CHECK (county_id <> '620621') NOT VALID"
        )
        assert tasks.share() >= 1
    with on(one.server, one.window), connections[window.ALIAS].cursor() as cursor:
        cursor.execute(f"ALTER TABLE figures_sharedweek DROP {trouble}")
        assert tasks.share() == 1
    arrives(province, one, ends_on)
    with on(province.hub):
        assert not SharedCounty.objects.filter(pk="620621").exists()
        assert not SharedWeek.objects.filter(county="620621").exists()
    # As it was, for the tests that come after; published weeks are otherwise never removed.
    with on(one.server), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        PublishedFigure.objects.filter(week__county=beside).delete()
        PublishedWeek.objects.filter(county=beside).delete()
        beside.delete()
    with on(one.window), connection.cursor() as cursor:
        SharedFigure.objects.filter(week__county="620621").delete()
        SharedWeek.objects.filter(county="620621").delete()
        SharedCounty.objects.filter(pk="620621").delete()
        cursor.execute(f"DROP PUBLICATION {publication_of('620621')}")


def test_a_server_with_children_is_no_hub(province, settings):
    settings.PROVINCE_HUB = False
    with on(province.first.server), pytest.raises(CommandError, match="no hub"):
        answer("receive_county", code="620622", source="-")
    settings.PROVINCE_HUB = True
    with on(province.first.server):
        make_student(SchoolClass.objects.first(), "王小明")
        with pytest.raises(CommandError, match="holds children"):
            answer("receive_county", code="620622", source=__file__)
