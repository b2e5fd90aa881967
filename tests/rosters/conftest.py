from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from rosters import actions, queries
from rosters.models import RosterImport
from tests.factories.cast import make_class

AT = timezone.make_aware(datetime(2026, 11, 25, 10, 0))
PATHS = [
    "students.Student",
    "students.Enrolment",
    "guardians.Adult",
    "guardians.ContactPoint",
    "guardians.Guardianship",
    "guardians.Migration",
    "schools.SchoolClass",
]


@pytest.fixture
def school(cast):
    for grade in range(1, 7):
        for number in (1, 2):
            if grade != 3:
                make_class(cast.school, grade, number)
    return cast.school


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.users["admin"], backend="django.contrib.auth.backends.ModelBackend")
    return client


def upload(client, content, name="花名册.xlsx"):
    return client.post(reverse("rosters:upload"), {"file": SimpleUploadedFile(name, content)})


def agree_to_columns(client, roster):
    page = client.get(reverse("rosters:columns", args=[roster.pk]))
    values = {field.html_name: field.value() for field, _samples in page.context["fields"]}
    return client.post(reverse("rosters:columns", args=[roster.pk]), values)


def prepare(client, content) -> RosterImport:
    assert upload(client, content).status_code == 302
    roster = RosterImport.objects.get()
    assert agree_to_columns(client, roster).status_code == 302
    return roster


def bring_in(cast, content, *, choices=None, at=AT, name="花名册.xlsx"):
    """Upload a file, accept the guessed columns, and import it as the worker does."""
    admin = cast.users["admin"]
    roster = actions.upload(school=cast.school, content=content, file_name=name, by=admin, at=at)
    guessed = actions.guessed_mapping(roster)
    mapping = {column: field or "" for column, field in guessed.items()}
    actions.set_mapping(roster=roster, mapping=mapping, by=admin)
    actions.decide(roster=roster, choices=choices or {}, by=admin)
    assert actions.start(roster=roster, by=admin, at=at)
    actions.run_import(roster.pk, at=at)
    roster.refresh_from_db()
    return roster


def checked(roster):
    return queries.checked(roster, timezone.localdate(AT))[0]


def rows_of(table: str) -> list[tuple]:
    """Return all rows of a table. History tables are given by their name in PostgreSQL."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - names of our own tables
        return cursor.fetchall()


def snapshot() -> dict[str, list[tuple]]:
    """Return every row of children and families, with every event of their history."""
    from django.apps import apps
    from django.db import connection

    tables = [apps.get_model(path)._meta.db_table for path in PATHS]
    events = [
        table
        for table in connection.introspection.table_names()
        if table.endswith("event") and table.startswith(("students_", "guardians_"))
    ]
    assert events
    return {table: rows_of(table) for table in [*tables, *events]}


def without_history(state: dict[str, list[tuple]]) -> dict[str, list[tuple]]:
    return {table: rows for table, rows in state.items() if not table.endswith("event")}
