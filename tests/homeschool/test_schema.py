"""An empty database is built from schema.sql; `./test` compares it with the migrations themselves."""

import os

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from homeschool import schema

SCRATCH = f"test_empty_database_{os.getpid()}"  # two workers each have their own


def test_the_snapshot_was_made_from_these_migrations():
    assert schema.follows_migrations(), "run: python -m homeschool.schema write"


@pytest.fixture
def empty_database(django_db_blocker, settings):
    """A second connection, to a database that holds nothing."""
    with django_db_blocker.unblock():
        make_empty()
        connections.databases["empty"] = {**connection.settings_dict, "NAME": SCRATCH}
        yield connections["empty"]
        connections["empty"].close()
        del connections["empty"], connections.databases["empty"]
        _on_server(f'DROP DATABASE "{SCRATCH}"')


def make_empty() -> None:
    _on_server(f'DROP DATABASE IF EXISTS "{SCRATCH}"')
    _on_server(f'CREATE DATABASE "{SCRATCH}"')


def _on_server(sql: str) -> None:
    server = psycopg2.connect(
        os.environ["DATABASE_URL"].rsplit("/", 1)[0].replace("postgres://", "postgresql://")
        + "/postgres"
    )
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(sql)
    server.close()


@pytest.mark.django_db
def test_migrating_an_empty_database_leaves_nothing_to_do(empty_database):
    call_command("migrate", database="empty", verbosity=0)
    executor = MigrationExecutor(empty_database)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    with empty_database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_content_type")
        assert cursor.fetchone()[0] > 100


@pytest.mark.django_db
def test_a_database_that_holds_something_is_not_built_anew(empty_database):
    with empty_database.cursor() as cursor:
        cursor.execute("CREATE TABLE somebody_elses (id int)")
    assert not schema.is_empty(empty_database)


@pytest.mark.django_db
def test_a_snapshot_that_breaks_off_leaves_nothing(empty_database, tmp_path, monkeypatch):
    broken = tmp_path / "schema.sql"
    broken.write_text("CREATE TABLE public.half (id int); SELECT no_such_function();")
    monkeypatch.setattr(schema, "SNAPSHOT", broken)
    with pytest.raises(Exception, match="no_such_function"):
        schema.load(empty_database)
    empty_database.close()
    assert schema.is_empty(empty_database)
