"""What a connection says of the schools reached goes with the statement that needs it, and is never taken for
said where PostgreSQL took it back.
"""

import pghistory
import psycopg2
import pytest
from django.db import connection, transaction

from core import walls

pytestmark = pytest.mark.django_db
REACHED = "SELECT current_setting('jiaqiao.schools', true)"


@pytest.fixture
def cursor():
    told = connection.get_connection_params() | {
        "connection_factory": walls.Connection,
        "cursor_factory": walls.Cursor,
    }
    raw = psycopg2.connect(**told)
    raw.autocommit = True
    with raw.cursor() as cursor:
        yield cursor
    raw.close()


def reached(cursor) -> str:
    cursor.execute(REACHED)
    return cursor.fetchone()[0]


def test_each_statement_is_asked_within_its_schools(cursor):
    with walls.within([3, 1]):
        assert reached(cursor) == "1,3"
        cursor.execute("SELECT %(is)s || '%%', current_setting('jiaqiao.schools')", {"is": "100"})
        assert cursor.fetchall() == [("100%", "1,3")]
        assert cursor.query == b"SELECT '100' || '%', current_setting('jiaqiao.schools')"
    assert reached(cursor) == ""
    with walls.every_school("a test"):
        cursor.execute("SELECT '%'")
        assert cursor.fetchall() == [("%",)]
        assert reached(cursor) == "all"


@pytest.mark.parametrize("autocommit", [True, False])
def test_after_a_statement_that_failed_it_is_said_again(cursor, autocommit):
    with walls.within([1]):
        assert reached(cursor) == "1"
    cursor.connection.autocommit = autocommit
    with walls.within([2]):
        with pytest.raises(psycopg2.errors.DivisionByZero):
            cursor.execute("SELECT 1 / 0")
        if not autocommit:
            cursor.connection.rollback()
        assert reached(cursor) == "2"


def test_what_a_savepoint_takes_back_is_said_again(cursor):
    cursor.connection.autocommit = False
    with walls.within([1]):
        assert reached(cursor) == "1"
        cursor.execute("SAVEPOINT one")
    with walls.within([2]):
        with pytest.raises(psycopg2.errors.DivisionByZero):
            cursor.execute("SELECT 1 / 0")
        cursor.execute("ROLLBACK TO SAVEPOINT one")
        assert reached(cursor) == "2"
    with walls.within([1]):
        assert reached(cursor) == "1"


def test_a_savepoint_is_seen_behind_other_words(cursor):
    cursor.connection.autocommit = False
    with walls.within([1]):
        assert reached(cursor) == "1"
        cursor.execute("SAVEPOINT one")
    with walls.within([2]):
        cursor.execute("SELECT 1; ROLLBACK TO SAVEPOINT one")
        assert reached(cursor) == "2"


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        (walls.every_school("a test"), walls.narrow_to, "7"),
        (walls.within([1]), walls.also, "1,7"),
    ],
)
def test_within_a_request_too_what_a_savepoint_takes_back_is_said_again(before, change, after):
    """What writes history puts words of its own before what a page sends."""
    with pghistory.context(), before, connection.cursor() as asked:
        reached(asked)
        savepoint = transaction.savepoint()
        change(7)
        assert reached(asked) == after
        transaction.savepoint_rollback(savepoint)
        assert reached(asked) == after


def test_what_the_end_of_a_failed_transaction_takes_back_is_said_again(cursor):
    """Its COMMIT is a ROLLBACK."""
    with walls.within([1]):
        assert reached(cursor) == "1"
    cursor.connection.autocommit = False
    with walls.within([2]):
        assert reached(cursor) == "2"
        with pytest.raises(psycopg2.errors.DivisionByZero):
            cursor.execute("SELECT 1 / 0")
        cursor.connection.commit()
        assert reached(cursor) == "2"


def test_what_was_committed_is_not_said_again(cursor):
    cursor.connection.autocommit = False
    with walls.within([1]):
        assert reached(cursor) == "1"
        cursor.connection.commit()
        assert cursor.connection.said == walls.SAYING.format(1)


def test_the_statement_alone_is_shown_after_it_failed(cursor):
    with walls.within([1]), pytest.raises(psycopg2.errors.DivisionByZero):
        cursor.execute("SELECT 1 / 0")
    assert cursor.query == b"SELECT 1 / 0"


def test_what_cannot_stand_beside_another_statement_is_asked_alone(cursor):
    with walls.within([1]):
        cursor.execute("VACUUM schools_school")
        assert reached(cursor) == "1"
    with walls.within([2]), cursor.connection.cursor() as other:
        cursor.connection.autocommit = False
        other.execute("DECLARE one CURSOR FOR " + REACHED)
        other.execute("FETCH one")
        assert other.fetchone() == ("2",)
    with walls.within([3]), cursor.connection.cursor("named") as named:
        named.execute(REACHED)
        assert named.fetchall() == [("3",)]
