"""The history triggers' own functions: what the libraries' do, without a sub-transaction for each row."""

import pghistory
import pgtrigger
import pytest
from django.db import connection, transaction

from students.models import Student
from tests.factories.cast import make_cast


def events(student: Student) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT event.pgh_label, kept.metadata ->> 'why' FROM students_studentevent event"
            " LEFT JOIN pghistory_context kept ON kept.id = event.pgh_context_id"
            " WHERE event.pgh_obj_id = %s ORDER BY event.pgh_id",
            [student.pk],
        )
        return cursor.fetchall()


@pytest.fixture
def student(db) -> Student:
    return make_cast().students["mengyao"]


def rename(student: Student, name: str) -> None:
    Student.objects.filter(pk=student.pk).update(name=name)


def test_a_row_is_kept_with_what_was_told_and_without_it(student):
    rename(student, "徐一")
    with pghistory.context(why="roster"):
        rename(student, "徐二")
        rename(student, "徐三")
    whys = [why for label, why in events(student) if label != "insert"]
    assert whys == [None, "roster", "roster"]


@pytest.mark.django_db(transaction=True)
def test_a_setting_of_an_ended_transaction_says_nothing():
    student = make_cast().students["mengyao"]
    with pghistory.context(why="roster"), transaction.atomic():
        rename(student, "徐一")
    with pgtrigger.ignore("students.Student:update_update"), transaction.atomic():
        rename(student, "徐二")
    rename(student, "徐三")
    whys = [why for label, why in events(student) if label != "insert"]
    assert whys == ["roster", None]


def test_a_trigger_that_is_ignored_keeps_nothing(student):
    before = events(student)
    with pgtrigger.ignore("students.Student:update_update"):
        rename(student, "徐一")
    assert events(student) == before


def test_no_trigger_calls_a_function_that_catches(db):
    """One that does makes the time of a statement grow with the square of its rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND prosrc ILIKE '%EXCEPTION WHEN%'"
        )
        assert cursor.fetchall() == []
