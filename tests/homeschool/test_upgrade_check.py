"""What an upgrade will do is told before it does it; from the release 0.2.0, whose database is a fixture."""

import lzma
import os
import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, models
from django.db.migrations import Migration, operations
from django.db.migrations.state import ModelState, ProjectState

from homeschool import schema, upgrading
from homeschool.upgrading import Does
from tests.homeschool.test_schema import empty_database  # noqa: F401 - fixture
from tests.homeschool.test_upgrade import RELEASES

# Beside all others the version 0.2.0 may go on: docs/decisions/0094.
OLD_STOPS = {
    "schools.0002_sending_started",  # writes rows by SQL of its own
    "calls.0002_calendar_feed",  # another name, in Python alone: the table keeps its own
    "students.0003_care_grounds",  # takes columns away
    "threads.0006_no_pairs",  # likewise
    "notices.0002_refusal",  # a new column that must be filled
    "guardians.0002_by_telephone",  # a constraint; the old version's rows meet it, which nobody can read here
    "schools.0003_county_sets_up",  # constraints; likewise: an old offer is a school's own
    "api.0003_changes",  # triggers written as SQL; likewise
    "api.0005_jobs",  # likewise
    "schools.0004_county_calendar",  # writes rows by SQL of its own
    "calls.0004_joined_calls",  # new columns that must be filled
    "figures.0003_stale_classes",  # triggers written as SQL; likewise
    "notices.0003_texts_for_systems",  # constraints; likewise
    "calls.0007_calls_at_home",  # constraints; likewise
    "api.0008_more_changes",  # triggers written as SQL; likewise
    "api.0009_noted_as_the_owner",  # functions changed by SQL; likewise
    "learning.0007_dropped_and_digests",  # rows marked by SQL; likewise
    "figures.0005_shared_weeks",  # triggers written as SQL, on tables that are new with it
    "guardians.0007_one_index_of_a_schools_talks",  # an index dropped by SQL, which the old version can spare
    "guardians.0008_where_adults_live",  # likewise
    "delivery.0014_county_accounts",  # constraints; likewise: old rows are copies of nothing
    "notices.0004_ids_of_a_system",  # changes keys in Python: the old version would make the old ones
    "figures.0007_marks_of_today",  # functions and triggers written as SQL; the old version's rows meet them
    "delivery.0016_marks_in_place",  # how full pages are filled, by SQL; likewise
    "accounts.0006_attempt_count",  # another name
    "delivery.0017_attempts",  # likewise
    "delivery.0018_failed_attempts",  # likewise
    "schools.0008_failed_attempts",  # likewise
    "schools.0009_terms_apart",  # rows changed by SQL, and a constraint
    "threads.0007_routing",  # likewise
    "threads.0008_in_thread",  # rows changed by SQL
    "threads.0010_help_that_waits",  # likewise
}


@pytest.fixture
def old(empty_database, monkeypatch):  # noqa: F811
    """The database of 0.2.0 in place of ours."""
    release = next(path for path in RELEASES if path.name.startswith("0.2.0"))
    schema.load(empty_database, lzma.decompress(release.read_bytes()).decode())
    with empty_database.cursor() as cursor:
        cursor.execute("ANALYZE")
    for module in ("homeschool.management.commands.upgrade_check",):
        monkeypatch.setattr(f"{module}.connection", empty_database)
    return empty_database


@pytest.fixture
def folder(tmp_path, settings):
    settings.BACKUP_KEYS, settings.ALERT_EMAILS = ["age1…"], ["runs@school.example"]
    (tmp_path / "jiaqiao-20261129T020003Z.tar.age").write_bytes(b"")
    return tmp_path


def check(folder) -> str:
    out = StringIO()
    call_command("upgrade_check", folder, language="en", stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_what_waits_since_the_last_release(old, folder):
    said = check(folder)
    assert "migration steps are pending" in said
    for name in OLD_STOPS:
        assert name in said
    assert "Stop web, sender, worker and beat" in said
    assert "No step reads or writes all of a table of 50000 rows" in said
    assert "Ready." in said


@pytest.mark.django_db
def test_beside_which_steps_the_last_release_may_go_on(old):
    waiting, before = upgrading.pending(old)
    found = {step.migration for step in upgrading.steps(waiting, before) if not step.old_may_run}
    assert found == OLD_STOPS


@pytest.mark.django_db
def test_a_big_table_is_named(old, folder, monkeypatch):
    monkeypatch.setattr("homeschool.management.commands.upgrade_check.BIG_ROWS", 40)
    said = check(folder)
    assert "! messaging_reply, about" in said
    assert "reads every row; nobody can write it in the meantime" in said


@pytest.mark.django_db
def test_once_migrated_there_is_nothing(folder):
    said = check(folder)
    assert "there is nothing to migrate" in said
    assert "Stop web" not in said


@pytest.mark.django_db
def test_tables_without_their_row_policy_are_named(folder):
    assert "✓ Each table has its row policy." in check(folder)
    with connection.cursor() as cursor:
        cursor.execute("DROP POLICY of_reached_schools ON students_student")
        cursor.execute("ALTER TABLE visits_visit DISABLE ROW LEVEL SECURITY")
    said = check(folder)
    assert "! 2 tables do not have the row policy" in said
    assert "students_student, visits_visit" in said


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("why", "words"),
    [("none", "holds no backup"), ("old", "30 hours old"), ("newer", "written by a newer version")],
)
def test_what_must_come_first(folder, why, words):
    path = next(folder.iterdir())
    if why == "none":
        path.unlink()
    if why == "old":
        then = time.time() - 30 * 3600
        os.utime(path, (then, then))
    if why == "newer":
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('schools', '9999_later', now())"
            )
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("upgrade_check", folder, language="en", stdout=out)
    assert any(words in line for line in out.getvalue().splitlines() if line.startswith("✗"))


def _state() -> ProjectState:
    state = ProjectState()
    fields = [("id", models.AutoField(primary_key=True)), ("word", models.CharField(max_length=9, null=True)),
              ("count", models.IntegerField())]  # fmt: skip
    state.add_model(ModelState("there", "Old", fields))
    return state


TEXT = models.TextField
OPERATIONS = {
    "a field that may be empty": (operations.AddField("old", "a", TEXT(null=True)), "briefly", True),
    "a field with the database's own default": (
        operations.AddField("old", "a", TEXT(db_default="")), "briefly", True,
    ),
    "a field that the old version leaves out": (
        operations.AddField("old", "a", TEXT(default="")), "briefly", False,
    ),
    "another type": (operations.AlterField("old", "count", TEXT()), "rewrites", False),
    "longer words": (
        operations.AlterField("old", "word", models.CharField(max_length=90, null=True)), "briefly", True,
    ),
    "no longer empty": (
        operations.AlterField("old", "word", models.CharField(max_length=9)), "reads", False,
    ),
    "taken away": (operations.RemoveField("old", "word"), "briefly", False),
    "an index": (operations.AddIndex("old", models.Index(fields=["word"], name="i")), "reads", True),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_each_step_does_to_a_table_that_is_there(name):
    operation, does, old_may_run = OPERATIONS[name]
    migration = type("M", (Migration,), {"operations": [operation]})("0002", "there")
    (step,) = upgrading.steps([migration], _state())
    assert (step.does, step.old_may_run, step.table) == (Does(does), old_may_run, "there_old")


def test_a_table_that_is_new_holds_up_nobody():
    made = operations.CreateModel("New", [("id", models.AutoField(primary_key=True))])
    grown = operations.AddField("new", "a", models.TextField(default=""))
    migration = type("M", (Migration,), {"operations": [made, grown]})("0002", "there")
    assert upgrading.steps([migration], _state()) == []


COLUMN = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'students_student'"


@pytest.mark.django_db
def test_it_changes_nothing(old, folder):
    with connections["empty"].cursor() as cursor:
        cursor.execute(COLUMN)
        before = cursor.fetchone()
        check(folder)
        cursor.execute(COLUMN)
        assert cursor.fetchone() == before
