"""Rows written by COPY, with keys handed out by the writer."""

import pytest
from django.db import connection

from demo.county import analyze
from demo.tables import Table
from schools.models import County

pytestmark = pytest.mark.django_db


def test_a_key_is_never_handed_out_a_second_time():
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [County._meta.db_table])
        (taken,) = cursor.fetchone()
        counties = Table(County)
        key = counties.add(name="古浪县")
        counties.flush()
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [County._meta.db_table])
        (following,) = cursor.fetchone()
    assert taken < key < following


def test_a_name_that_the_table_does_not_have_is_no_silent_loss():
    with pytest.raises(TypeError, match="check_in_id"):
        Table(County).add(name="古浪县", check_in_id=1)


def test_counting_our_tables_holds_up_no_other_database():
    """PostgreSQL's own tables of accounts and databases are locked for every database of the server."""
    analyze()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE database > 0), "
            "array_agg(relation::regclass) FILTER (WHERE database = 0) FROM pg_locks "
            "WHERE pid = pg_backend_pid() AND mode = 'ShareUpdateExclusiveLock'"
        )
        ours, of_all = cursor.fetchone()
    assert ours > 300
    assert of_all is None
