"""The database of each release since 0.2.0 becomes today's by migrating, and loses nothing on the way."""

import lzma
import re
from pathlib import Path

import pytest
from django.core.management import call_command

from homeschool import schema
from tests.homeschool.test_schema import empty_database, make_empty  # noqa: F401 - fixture

RELEASES = sorted((Path(__file__).resolve().parents[1] / "fixtures").glob("*.sql.xz"))
COUNTED = ("students_student", "guardians_adult", "guardians_contact", "messaging_checkinline")
COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
WHERE table_schema = 'public' ORDER BY table_name, column_name
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
TRIGGERS = """
SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2
"""


def shape(database) -> list:
    """Columns, constraints, indexes and triggers; the order of columns says nothing."""
    found = []
    with database.cursor() as cursor:
        for query in (COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS):
            cursor.execute(query)
            found += [tuple(map(_as_read_again, row)) for row in cursor.fetchall()]
    return found


def _as_read_again(told):
    """PostgreSQL writes a list of words in another way once it has read its own text again, from a dump."""
    if not isinstance(told, str):
        return told
    told = re.sub(r"\(('[^']*'::character varying)\)::text", r"\1", told)
    return re.sub(r"\(\(ARRAY\[([^]]*)\]\)::text\[\]\)", r"(ARRAY[\1])", told)


def counts(database) -> dict[str, int]:
    with database.cursor() as cursor:
        found = {}
        for table in COUNTED:
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - names of ours
            found[table] = cursor.fetchone()[0]
    return found


def test_there_is_a_release_to_upgrade():
    assert RELEASES


@pytest.mark.django_db
@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name.removesuffix(".sql.xz"))
def test_an_older_database_becomes_todays(empty_database, release):  # noqa: F811
    text = lzma.decompress(release.read_bytes()).decode()
    schema.load(empty_database, text)
    before = counts(empty_database)
    assert min(before.values()) > 0
    call_command("migrate", database="empty", verbosity=0)
    assert counts(empty_database) == before
    upgraded = shape(empty_database)
    empty_database.close()
    make_empty()  # dropping all tables at once would need more locks than PostgreSQL has beside other tests
    call_command("migrate", database="empty", verbosity=0)
    assert upgraded == shape(empty_database)
