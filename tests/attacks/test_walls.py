"""Raw SQL under the application's own role: the second wall holds where a policy in Python is forgotten."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import psycopg2
import pytest
from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from psycopg2 import errors, sql

from core import walls
from doors.walls import middleware
from homeschool import walls as server_walls
from homeschool.field_classes import FIELD_CLASSES, PLAIN
from students.models import Student
from students.policies import children_of_own_classes
from tests import walls as of_tests

ESCAPES = {
    "to the owner": ('SET ROLE "{owner}"', errors.InsufficientPrivilege),
    "as the owner": ('SET SESSION AUTHORIZATION "{owner}"', errors.InsufficientPrivilege),
    "policies off": (
        "ALTER TABLE students_student DISABLE ROW LEVEL SECURITY",
        errors.InsufficientPrivilege,
    ),
    "a policy gone": (
        "DROP POLICY of_reached_schools ON students_student",
        errors.InsufficientPrivilege,
    ),
    "a policy more": (
        "CREATE POLICY open ON students_student USING (true)",
        errors.InsufficientPrivilege,
    ),
    "another function": (
        "CREATE OR REPLACE FUNCTION public.reached_schools() RETURNS bigint[] LANGUAGE sql"
        " AS 'SELECT ARRAY[1,2]::bigint[]'",
        errors.InsufficientPrivilege,
    ),
    "may bypass": ('ALTER ROLE "{role}" BYPASSRLS', errors.InsufficientPrivilege),
    "a role": ("CREATE ROLE jiaqiao_other LOGIN", errors.InsufficientPrivilege),
    "all rows away": ("TRUNCATE students_student CASCADE", errors.InsufficientPrivilege),
    "a migration undone": ("DELETE FROM django_migrations", errors.InsufficientPrivilege),
    "a file": ("COPY students_student TO '/tmp/rows'", errors.InsufficientPrivilege),
    "not asked": (
        "SET row_security = off; SELECT count(*) FROM students_student",
        errors.InsufficientPrivilege,
    ),
}


WITH_SCHOOL = {
    one._meta.db_table
    for one in apps.get_models(include_auto_created=True)
    if server_walls.is_guarded(one) and server_walls.has_school(one)
}


@contextmanager
def signed_in(kind: str) -> Iterator[psycopg2.extensions.connection]:
    """A session of the role's own, as web server or worker open it."""
    told = connection.settings_dict
    opened = psycopg2.connect(
        host=told["HOST"] or None,
        port=told["PORT"] or None,
        dbname=told["NAME"],
        user=server_walls.role_name(connection, kind),
        password=server_walls.password_of(kind),
    )
    opened.autocommit = True
    with closing(opened):
        yield opened


def ask(opened, query, values=None):
    with opened.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def reach(opened, *schools: int) -> None:
    ask(
        opened,
        "SELECT set_config('jiaqiao.schools', %s, false)",
        [",".join(map(str, schools))],
    )


def schools_in(opened, table: str) -> set[int]:
    named = sql.SQL("SELECT DISTINCT school_id FROM {}").format(sql.Identifier(table))
    if table == "guardians_adult":  # but anyone who is blocked (see below)
        named += sql.SQL(" WHERE blocked_at IS NULL")
    return {key for (key,) in ask(opened, named)}


# Of other people's packages, without a word about anybody.
NOBODYS = (
    "auth_", "django_celery_beat_", "django_content_type", "pghistory_events", "socialaccount_socialapp",
)  # fmt: skip


def tells_of_somebody(model) -> bool:
    classes = FIELD_CLASSES.get(model._meta.label.removesuffix("Event"))
    if classes is None:
        return not model._meta.db_table.startswith(NOBODYS)
    return set(classes.values()) != {PLAIN}


def test_every_table_about_somebody_has_its_policy_or_a_reason():
    """A new model with a school, or that hangs on one, gets its policy by migrating; one without must be
    named, with why.
    """
    models = [one for one in apps.get_models(include_auto_created=True) if one._meta.managed]
    tables = {one._meta.db_table for one in models}
    guarded, open_ = server_walls.guarded_tables(), server_walls.OPEN
    assert all(len(reason) > 20 for reason in open_.values())
    assert set(open_) <= tables
    told = {
        one._meta.db_table
        for one in models
        if tells_of_somebody(one) or server_walls.has_school(one)
    }
    without = told - guarded
    histories = {f"{table}event" for table in open_}
    of_packs = {"learning_lesson"}  # its owner is a school or nobody; a lesson is about no child
    assert without - set(open_) - histories - of_packs == set()
    assert guarded & (set(open_) | histories) == set()
    # A row without a school would be nobody's.
    for model in models:
        if model._meta.db_table in guarded and server_walls.has_school(model):
            assert not model._meta.get_field("school_id").null, model
    assert len(guarded) > 270
    assert {"uploads_uploadcontent", "rosters_rosterresult", "accounts_accessrecord"} <= guarded


@pytest.mark.django_db
def test_the_database_holds_the_policies_that_the_models_ask_for():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_policies JOIN pg_class ON relname = tablename"
            " WHERE relrowsecurity AND policyname = %s",
            [server_walls.POLICY],
        )
        assert {table for (table,) in cursor.fetchall()} == server_walls.guarded_tables()


SPOILED = {
    "missing": "DROP POLICY of_reached_schools ON students_student",
    "off": "ALTER TABLE students_student DISABLE ROW LEVEL SECURITY",
    "another condition": "ALTER POLICY of_reached_schools ON students_student USING (true);"
    " COMMENT ON POLICY of_reached_schools ON students_student IS 'of the version before'",
    "from before the digest": "ALTER POLICY of_reached_schools ON students_student USING (true);"
    " COMMENT ON POLICY of_reached_schools ON students_student IS NULL",
}
CONDITION = "SELECT qual FROM pg_policies WHERE tablename = 'students_student'"


@pytest.mark.django_db
@pytest.mark.parametrize("how", SPOILED)
def test_a_policy_that_is_not_what_the_models_ask_for_is_seen_and_put_right(how):
    assert server_walls.to_change(connection) == []
    with connection.cursor() as cursor:
        cursor.execute(CONDITION)
        (before,) = cursor.fetchone()
        cursor.execute(SPOILED[how])
        assert [table for table, _change in server_walls.to_change(connection)] == [
            "students_student"
        ]
        server_walls.install("default")
        assert server_walls.to_change(connection) == []
        cursor.execute(CONDITION)
        assert cursor.fetchall() == [(before,)]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", server_walls.ROLES)
def test_the_roles_own_nothing_and_may_make_nothing(kind):
    with signed_in(kind) as opened:
        assert ask(
            opened,
            "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication"
            " FROM pg_roles WHERE rolname = current_user",
        ) == [(False,)]
        owned = "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
        assert ask(opened, owned) == [(0,)]
        made = "SELECT has_schema_privilege('public', 'CREATE')"
        assert ask(opened, made) == [(False,)]
        member = "SELECT count(*) FROM pg_auth_members WHERE member = current_user::regrole"
        assert ask(opened, member) == [(0,)]


@pytest.mark.django_db(transaction=True)
def test_without_a_school_no_table_shows_a_row(cast):
    assert Student.objects.count() > 1
    with signed_in(server_walls.WEB) as opened:
        for said in (None, ""):
            if said is not None:
                reach(opened)
            shown = {table for table in WITH_SCHOOL if schools_in(opened, table)}
            assert not shown


# One row of each school for each table, whatever it is about: by type, where a column must be filled.
BY_TYPE = {
    "bool": "false", "jsonb": "{{}}", "json": "{{}}", "bytea": "", "date": "2026-09-0{n}",
    "inet": "127.0.0.{n}", "timestamptz": "2026-09-0{n}", "time": "08:0{n}", "interval": "{n} days",
    "uuid": "00000000-0000-0000-0000-00000000000{n}",
}  # fmt: skip
BY_CATEGORY = {"A": "{{}}", "R": "empty", "N": "-{n}", "S": "{n}"}
COLUMNS = """
SELECT attname, typname, typcategory FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    AND (attnotnull OR attname = ANY (%s))
"""
RULES = """
SELECT conrelid::regclass::text, conname FROM pg_constraint
WHERE contype IN ('c', 'x') AND conrelid <> 0 AND coninhcount = 0 AND connamespace = 'public'::regnamespace
"""


def put_two_rows(cursor, table: str) -> None:
    """Of school -1 and of school -2, each under what else is -1 or -2."""
    cursor.execute(COLUMNS, [table, ["school_id"]])
    columns = cursor.fetchall()
    names = sql.SQL(", ").join(sql.Identifier(name) for name, _type, _category in columns)
    for n in (1, 2):
        words = [
            (BY_TYPE.get(type_) or BY_CATEGORY.get(category, ""))
            for _name, type_, category in columns
        ]
        cursor.execute(
            sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
                sql.Identifier(table),
                names,
                sql.SQL(", ").join(sql.Literal(word.format(n=n)) for word in words),
            )
        )


@pytest.fixture
def rows_of_two_schools():
    """In every table that has a policy. Nothing is kept: neither the rows, nor that no rule held for them."""
    with closing(
        psycopg2.connect(**of_server() | {"dbname": connection.settings_dict["NAME"]})
    ) as opened:
        with opened.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")  # no trigger, no foreign key
            cursor.execute(RULES)
            for table, name in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            for table in server_walls.guarded_tables():
                put_two_rows(cursor, table)
            role = sql.Identifier(server_walls.role_name(connection, server_walls.WEB))
            cursor.execute(sql.SQL("SET ROLE {}").format(role))
        yield opened
        opened.rollback()


def rows_in_each(opened) -> dict[str, int]:
    counted = sql.SQL("SELECT count(*) FROM {}")
    tables = server_walls.guarded_tables()
    return {table: ask(opened, counted.format(sql.Identifier(table)))[0][0] for table in tables}


@pytest.mark.django_db
def test_every_table_shows_the_rows_of_the_schools_that_are_reached_and_of_no_other(
    rows_of_two_schools,
):
    """Those too that know only what they hang on: contents of files, lines of imports, links."""
    opened = rows_of_two_schools
    assert set(rows_in_each(opened).values()) == {0}
    for schools, count in (((-1,), 1), ((-2,), 1), ((-1, -2), 2), ((-3,), 0), ((), 0)):
        reach(opened, *schools)
        assert {table: n for table, n in rows_in_each(opened).items() if n != count} == {}


@pytest.mark.django_db(transaction=True)
def test_one_school_sees_no_row_of_another(cast):
    here, there = cast.school.pk, cast.other_school.pk
    with signed_in(server_walls.WEB) as opened:
        reach(opened, here)
        found = {table: schools_in(opened, table) for table in WITH_SCHOOL}
        assert {key for keys in found.values() for key in keys} == {here}
        assert found["students_student"] == found["guardians_guardianship"] == {here}
        far = Student.objects.filter(school=there).values_list("pk", flat=True)[0]
        assert ask(opened, "SELECT 1 FROM students_student WHERE id = %s", [far]) == []
        reach(opened, here, there)
        assert schools_in(opened, "students_student") == {here, there}


@pytest.mark.django_db(transaction=True)
def test_of_other_schools_only_who_is_blocked_shows(cast):
    """Blocked at one school is blocked at all that the account joins: a hidden row would let them in."""
    with signed_in(server_walls.WEB) as opened, opened.cursor() as cursor:
        reach(opened, cast.other_school.pk)
        rows = ask(
            opened,
            "SELECT id FROM guardians_adult WHERE school_id <> %s",
            [cast.other_school.pk],
        )
        assert rows == [(cast.adults["father"].pk,)]
        cursor.execute("UPDATE guardians_adult SET blocked_at = NULL WHERE id = %s", rows[0])
        assert cursor.rowcount == 0
        cursor.execute("DELETE FROM guardians_adult WHERE id = %s", rows[0])
        assert cursor.rowcount == 0


@pytest.mark.django_db(transaction=True)
def test_nothing_is_written_into_another_school(cast):
    here, there = cast.school.pk, cast.other_school.pk
    student = Student.objects.filter(school=here).first()
    with signed_in(server_walls.WEB) as opened, opened.cursor() as cursor:
        reach(opened, here)
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            cursor.execute(
                "UPDATE students_student SET school_id = %s WHERE id = %s", [there, student.pk]
            )
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            cursor.execute("INSERT INTO students_barrier (id, school_id) VALUES (-1, %s)", [there])
        cursor.execute("UPDATE students_student SET name = name WHERE school_id = %s", [there])
        assert cursor.rowcount == 0
        cursor.execute("DELETE FROM students_student WHERE school_id = %s", [there])
        assert cursor.rowcount == 0
    assert Student.objects.filter(school=there).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("escape", ESCAPES)
def test_no_way_around(escape):
    statement, refused = ESCAPES[escape]
    with signed_in(server_walls.WEB) as opened, opened.cursor() as cursor:
        words = {"role": server_walls.role_name(connection, server_walls.WEB)}
        words["owner"] = connection.settings_dict["USER"]
        with pytest.raises(refused):
            cursor.execute(statement.format(**words))


@pytest.mark.django_db(transaction=True)
def test_to_be_oneself_again_is_no_way_either(cast):
    with signed_in(server_walls.WEB) as opened, opened.cursor() as cursor:
        cursor.execute("RESET ROLE; RESET SESSION AUTHORIZATION; RESET ALL")
        assert schools_in(opened, "students_student") == set()


@pytest.mark.django_db(transaction=True)
def test_workers_see_every_school_and_only_when_they_say_so(cast):
    with signed_in(server_walls.WORKER) as opened:
        assert schools_in(opened, "students_student") == set()
        ask(opened, "SELECT set_config('jiaqiao.schools', %s, false)", [walls.ALL])
        assert {cast.school.pk, cast.other_school.pk} <= schools_in(opened, "students_student")


KEPT = (
    "counselling_note",
    "surveys_pastscore",
    "django_session",
    "uploads_uploadcontent",
    "api_apitoken",
    "privacy_ledgersent",
    "privacy_ledgerfile",
)


@pytest.mark.django_db(transaction=True)
def test_the_sender_reads_and_writes_nothing_that_no_message_is_about(cast):
    tables = connection.introspection.table_names()
    kept = {one for one in tables if one.startswith(server_walls.KEPT_FROM_SENDER)}
    assert set(KEPT) < kept
    for beginning in server_walls.KEPT_FROM_SENDER:
        assert any(one.startswith(beginning) for one in kept), beginning
    with signed_in(server_walls.SENDER) as opened:
        ask(opened, "SELECT set_config('jiaqiao.schools', %s, false)", [walls.ALL])
        for table in kept:
            for act in ("SELECT 1 FROM {}", "DELETE FROM {}"):
                with pytest.raises(errors.InsufficientPrivilege):
                    ask(opened, sql.SQL(act).format(sql.Identifier(table)))
        assert cast.school.pk in schools_in(opened, "students_student")


@pytest.mark.django_db
def test_no_trigger_reads_what_is_kept_from_the_sender_where_the_sender_writes():
    """A trigger runs as the role that wrote: one that asks for more would hold a message back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT relname, proname, prosrc FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal AND NOT prosecdef"
        )
        written = [
            row for row in cursor.fetchall() if not row[0].startswith(server_walls.KEPT_FROM_SENDER)
        ]
        tables = set(connection.introspection.table_names(cursor))
    kept = {one for one in tables if one.startswith(server_walls.KEPT_FROM_SENDER)}
    assert len(written) > 100
    for table, name, source in written:
        assert not kept & set(re.findall(r"\w+", source)), (table, name)


SAYS = """
import django; django.setup()
from core import walls
from homeschool import walls as server_walls
server_walls.stand_behind(sys.argv[1])
from django.db import connection
from students.models import Student
with connection.cursor() as cursor:
    cursor.execute("SELECT current_user")
    print(cursor.fetchone()[0])
print(sorted(set(Student.objects.values_list("school_id", flat=True))))
with walls.within([int(sys.argv[2])]):
    print(sorted(set(Student.objects.values_list("school_id", flat=True))))
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", server_walls.ROLES)
def test_a_process_signs_in_as_its_role(cast, kind):
    told, school = connection.settings_dict, cast.school.pk
    base, _slash, _name = os.environ["DATABASE_URL"].rpartition("/")
    env = os.environ | {"DATABASE_ROLES": "1", "DATABASE_URL": f"{base}/{told['NAME']}"}
    asked = subprocess.run(
        [sys.executable, "-c", "import sys" + SAYS, kind, str(school)],
        env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    role, first, second = asked.stdout.split("\n")[:3]
    assert role == server_walls.role_name(connection, kind)
    assert second == str([school])
    if kind == server_walls.WEB:
        assert first == "[]"
    else:
        assert len(first.split(",")) > 1


class Broken(Exception):
    """A page or an act that fails."""


@contextmanager
def database_of_an_owner(may: str) -> Iterator[str]:
    """An empty database whose owner is no superuser; its URL."""
    names = (*(f"walls_owned_{kind}" for kind in server_walls.ROLES), "walls_owner")
    clear = ["DROP DATABASE IF EXISTS walls_owned WITH (FORCE)"]
    clear += [f"DROP ROLE IF EXISTS {name}" for name in names]
    make = [f"CREATE ROLE walls_owner LOGIN {may}", "CREATE DATABASE walls_owned OWNER walls_owner"]
    with closing(psycopg2.connect(**of_server())) as opened, opened.cursor() as cursor:
        opened.autocommit = True
        for statement in [*clear, *make]:
            cursor.execute(statement)
        base = os.environ["DATABASE_URL"].rpartition("/")[0]
        host = base.rpartition("@")[2]
        try:
            yield f"postgres://walls_owner@{host}/walls_owned"
        finally:
            for statement in clear:
                cursor.execute(statement)


def of_server() -> dict[str, str | None]:
    told = connection.settings_dict
    return {
        "host": told["HOST"] or None,
        "port": told["PORT"] or None,
        "dbname": "postgres",
        "user": told["USER"],
        "password": told["PASSWORD"] or None,
    }


def migrate(url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input"],
        env=os.environ | {"DATABASE_URL": url, "DATABASE_ROLES": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.django_db
def test_an_owner_who_may_make_roles_is_enough():
    with database_of_an_owner("CREATEROLE") as url:
        for _turn in range(2):  # every start migrates
            migrated = migrate(url)
            assert migrated.returncode == 0, migrated.stderr
        told = of_server() | {"dbname": "walls_owned", "user": "walls_owned_web"}
        told["password"] = server_walls.password_of(server_walls.WEB)
        with closing(psycopg2.connect(**told)) as opened:
            assert ask(opened, "SELECT count(*) FROM students_student") == [(0,)]
            assert ask(opened, "SELECT count(*) > 0 FROM django_migrations") == [(True,)]


@pytest.mark.django_db
def test_one_who_may_not_is_told_what_to_do():
    with database_of_an_owner("NOCREATEROLE") as url:
        migrated = migrate(url)
    assert migrated.returncode != 0
    assert "DATABASE_ROLES=0" in migrated.stderr


def count() -> int:
    return Student.objects.count()


@pytest.fixture
def as_the_web_server(cast, monkeypatch):
    monkeypatch.setattr(
        walls, "_of_process", walls.NOWHERE
    )  # a worker's start may stand in another test
    token = of_tests._role.set(
        f'SET ROLE "{server_walls.role_name(connection, server_walls.WEB)}"; '
    )
    yield cast
    of_tests._role.reset(token)


@pytest.mark.django_db
class TestAConnectionThatIsUsedAgain:
    def test_a_request_leaves_nothing_on_it(self, client, as_the_web_server):
        client.force_login(as_the_web_server.users["principal"])
        assert client.get("/children/").status_code == 200
        assert count() == 0

    def test_nor_does_one_that_fails(self, as_the_web_server):
        def fails(request):
            with walls.within([as_the_web_server.school.pk]):
                assert count() > 0
                raise Broken

        with pytest.raises(Broken):
            middleware(fails)(RequestFactory().get("/healthz"))
        assert count() == 0

    def test_what_a_request_adds_ends_with_it(self, as_the_web_server):
        def adds(request):
            walls.also(as_the_web_server.school.pk)
            return HttpResponse(str(count()))

        assert int(middleware(adds)(RequestFactory().get("/healthz")).content) > 0
        assert count() == 0

    def test_a_transaction_taken_back_takes_no_school_along(self, as_the_web_server):
        here, there = as_the_web_server.school.pk, as_the_web_server.other_school.pk
        with walls.within([here]):
            before = count()
            with suppress(Broken), transaction.atomic():
                with walls.within([there]):
                    assert Student.objects.filter(school=there).exists()
                raise Broken
            assert count() == before
            assert not Student.objects.filter(school=there).exists()
        assert count() == 0

    def test_what_is_prepared_answers_for_who_asks_now(self, as_the_web_server):
        cast, on = as_the_web_server, timezone.localdate()
        with walls.within([cast.school.pk]):
            assert children_of_own_classes(cast.users["teacher"], on)
        assert not children_of_own_classes(cast.users["teacher"], on)

    def test_a_thread_of_a_request_reaches_nothing(self):
        found = []
        with walls.within([1]):
            thread = threading.Thread(target=lambda: found.append(walls.reached()))
            thread.start()
            thread.join()
        assert found == [walls.NOWHERE]
