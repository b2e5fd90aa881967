"""Two counties and a province's hub: real servers: of the counties, their windows, and the hub."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from core import window
from figures import tasks
from figures.class_weeks.models import ClassWeek
from figures.models import PublishedWeek, SharedCounty, SharedFigure, SharedWeek
from figures.province.replication import PUBLICATION, SENT, received
from homeschool.hub import OF_SIGNING_IN, SERVED
from homeschool.walls import ensure_roles
from schools.models import County, Post, SchoolClass
from schools.roles import Role
from tests.access.test_matrix import TABLE
from tests.factories.cast import make_class, make_post, make_school, make_student, make_user
from tests.factories.factors import sign_in
from tests.factories.published import SUNDAY, make_week
from tests.faults.processes import Postgres, wait_for

FOLLOWED = "wal_level=logical", "max_slot_wal_keep_size=64MB"
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
        county = County.objects.get()
        for school in county.schools.all():
            make_week(county, school, ends_on, counts=COUNTS, **about)
        make_week(county, None, ends_on, counts={"waiting": 11}, **about)


def share(one: Joined) -> int:
    with on(one.server, one.window):
        return tasks.share()


def answer(*words: str, **options: object) -> str:
    out = StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


def join(one: Joined, hub: Postgres, settings, tmp_path) -> None:
    with on(one.server, one.window):
        told = answer("share_with_province", county=one.name, code=one.code)
    address = tmp_path / f"{one.code}.txt"
    address.write_text(told.strip().splitlines()[-1])
    with on(hub):
        settings.PROVINCE_HUB = True
        answer("receive_county", code=one.code, source=str(address))


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
            counties = [
                Joined("620622", "古浪县", own, first),
                Joined(
                    "620623", "天祝县", SimpleNamespace(folder=own.folder, NAME="second"), second
                ),
            ]
            for one in counties:
                found_county(one)
                join(one, hub, django_settings, tmp_path_factory.mktemp("hub"))
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
    """Stands before those with `province`, which takes this process's database away from others."""
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
    """Whoever might ask: every page of the house but its own, signing in and what watches it."""
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
            "SELECT tablename, attnames::text[] FROM pg_publication_tables WHERE rowfilter IS NULL"
        )
        sent = {table: set(columns) for table, columns in cursor.fetchall()}
        assert sent == {table: set(columns.split()) for table, columns in SENT.items()}
        cursor.execute("SELECT pubname, puballtables, pubupdate, pubdelete FROM pg_publication")
        assert cursor.fetchall() == [(PUBLICATION, False, False, False)]
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
    ends_on = SUNDAY + WEEK
    province.first.window.end_at_once()
    for one in (province.first, province.second):
        publish(one, ends_on)
    assert share(province.first) == 0  # it waits in the county
    assert share(province.second) == 1
    arrives(province, province.second, ends_on)
    told = page(province)
    assert "没有收到新数据" in told
    province.first.window.start()
    assert share(province.first) == 1
    arrives(province, province.first, ends_on)
    assert "没有收到新数据" not in page(province)


def test_a_hub_that_is_down_holds_up_nothing_in_a_county(province):
    ends_on = SUNDAY + 2 * WEEK
    province.hub.end_at_once()
    publish(province.first, ends_on)
    assert share(province.first) == 1
    with on(province.first.server):
        assert PublishedWeek.objects.filter(ends_on=ends_on).count() == 4
    province.hub.start()
    arrives(province, province.first, ends_on)


def test_what_was_brought_is_brought_once(province):
    assert share(province.first) == 0
    with on(province.first.server, province.first.window):
        told = answer("share_with_province", county="古浪县", code="620622")
        assert told.startswith("0 weeks")
        assert "postgres://" not in told  # its address is shown once
        County.objects.create(name="别的县")
        with pytest.raises(CommandError, match="古浪县"):
            answer("share_with_province", county="别的县", code="620622")
        County.objects.filter(name="别的县").delete()


def test_a_correction_arrives_without_its_words(province):
    publish(province.first, SUNDAY, edition=2, why="泗水小学的王小明补录")
    assert share(province.first) == 1
    arrives(province, province.first, SUNDAY, edition=2)
    with on(province.hub), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM figures_sharedweek w WHERE w::text LIKE '%王小明%'")
        assert cursor.fetchone() == (0,)


def test_a_count_under_ten_does_not_get_in(province):
    """Whatever a county's window holds: the hub's own tables refuse it."""
    with on(province.hub):
        week = SharedWeek.objects.filter(school_code="S1").first()
        three = SharedFigure(id=uuid4(), week=week, key="x", unit="count", low=3, high=3)
        with pytest.raises(DatabaseError, match="counts_in_tens"):
            three.save(force_insert=True)


def test_the_hub_says_what_it_follows_and_lets_a_county_go(province, settings):
    settings.PROVINCE_HUB = True
    with on(province.hub):
        told = answer("receive_county")
        assert "620622 古浪县: until 2026-12-06, window heard" in told
        assert len(received()) == 2
        answer("receive_county", code="620623", end=True)
        assert not SharedWeek.objects.filter(county="620623").exists()
        assert list(SharedCounty.objects.values_list("pk", flat=True)) == ["620622"]
    with on(province.second.window), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_replication_slots")
        assert cursor.fetchone() == (0,)


def test_a_server_with_children_is_no_hub(province, settings):
    settings.PROVINCE_HUB = False
    with on(province.first.server), pytest.raises(CommandError, match="no hub"):
        answer("receive_county", code="620622", source="-")
    settings.PROVINCE_HUB = True
    with on(province.first.server):
        make_student(SchoolClass.objects.first(), "王小明")
        with pytest.raises(CommandError, match="holds children"):
            answer("receive_county", code="620622", source=__file__)
