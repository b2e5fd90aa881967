"""What a school files about children's data, and the confirmation of who has access."""

import io
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, transaction
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from accounts.actions import record_access
from accounts.models import User
from core import clock
from doors.staff.filing import access, report
from doors.staff.filing.words import AREAS
from homeschool.field_classes import FIELD_CLASSES, PLAIN
from privacy.models import AccessConfirmation, RetentionEntry
from schools.models import Post, SchoolYear, Term
from schools.roles import Role
from tests.factories.cast import make_post, make_user

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
ADDRESS = "/privacy/filing/"


def as_user(cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who], BACKEND)
    return client


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def on(at) -> date:
    return timezone.localdate(at)


def book_of(content: bytes) -> dict[str, list[tuple]]:
    book = load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_every_room_with_somebodys_data_says_what_for():
    rooms = {
        label.split(".")[0]
        for label, kinds in FIELD_CLASSES.items()
        if set(kinds.values()) != {PLAIN}
    }
    assert rooms == set(AREAS)


def test_the_file_counts_and_names_no_child(cast, at, on):
    child = cast.students["mengyao"]
    for who in ("teacher", "counsellor", "teacher"):
        record_access(
            by=cast.users[who],
            school_id=cast.school.pk,
            student_ids=[child.pk],
            what="ledger",
            ip=None,
        )
    record_access(
        by=cast.users["far_teacher"],
        school_id=cast.other_school.pk,
        student_ids=[1],
        what="child",
        ip=None,
    )
    RetentionEntry.objects.create(school=cast.school, rule="notes", count=7, at=at)
    answer = as_user(cast, "admin").get(f"{ADDRESS}file/")
    assert answer["Cache-Control"] == "no-store"
    found = report.sheets(cast.school, on.year, on)
    book = book_of(report.workbook(found))
    assert list(book_of(answer.content)) == list(book)
    words = str(book)
    assert child.name not in words
    assert cast.users["teacher"].name in words
    by_title = {sheet.title: sheet.rows for sheet in found}
    assert ["ledger", 3, 2, 1, "✓"] in [list(row) for rows in by_title.values() for row in rows]
    assert any(row[-1] == 7 for row in book[list(book)[7]][1:])
    people = dict(list(by_title.values())[2])
    assert sum(people.values()) >= 3


def test_another_year_counts_nothing_of_this_one(cast, on):
    record_access(
        by=cast.users["teacher"], school_id=cast.school.pk, student_ids=[1], what="ledger", ip=None
    )
    this, last = (
        report.sheets(cast.school, on.year, on),
        report.sheets(cast.school, on.year - 1, on),
    )
    assert len(this[5].rows) == 1
    assert last[5].rows == []


def test_roles_say_what_their_posts_permit(cast, on):
    rows = {row[0]: row[1:] for row in report.sheets(cast.school, on.year, on)[3].rows}
    teacher, counsellor = rows[Role.CLASS_TEACHER.label], rows[Role.COUNSELLOR.label]
    assert teacher[1] == "✓" != teacher[2]
    assert counsellor[2] == "✓"
    assert Role.COUNTY_OFFICER.label not in rows


def test_the_command_writes_the_same_file(cast, on, tmp_path):
    path = tmp_path / "2026.xlsx"
    call_command("privacy_report", school=cast.school.code, year=on.year, to=path, language="en")
    assert len(book_of(path.read_bytes())) == 9
    with pytest.raises(CommandError):
        call_command("privacy_report", school="no such", to=path, language="en")


class TestTheConfirmation:
    def test_the_principal_confirms_what_the_page_showed(self, cast, on):
        client = as_user(cast, "principal")
        shown = access.standing(cast.school, on)
        assert shown.is_due
        assert shown.digest in client.get(ADDRESS).content.decode()
        client.post(f"{ADDRESS}confirm/", {"shown": shown.digest})
        row = AccessConfirmation.objects.get()
        assert (row.by, len(row.listed)) == (cast.users["principal"], len(shown.listed))
        after = access.standing(cast.school, on)
        assert not after.is_due
        assert not any(one.is_new for one in after.listed)
        assert "该看一遍了" not in client.get(ADDRESS).content.decode()

    def test_whoever_came_meanwhile_is_not_confirmed_unseen(self, cast, on):
        shown = access.standing(cast.school, on)
        new = make_user("new", "新老师")
        make_post(new, Role.CLASS_TEACHER, school=cast.school, school_class=cast.next_class)
        as_user(cast, "principal").post(f"{ADDRESS}confirm/", {"shown": shown.digest})
        assert not AccessConfirmation.objects.exists()

    def test_who_is_new_since_then_stands_there_as_new(self, cast, on, at):
        shown = access.standing(cast.school, on)
        access.confirm(
            school=cast.school, shown=shown.digest, by=cast.users["principal"], on=on, at=at
        )
        new = make_user("new", "新老师")
        post = make_post(new, Role.CLASS_TEACHER, school=cast.school, school_class=cast.next_class)
        fresh = [one.post.pk for one in access.standing(cast.school, on).listed if one.is_new]
        assert fresh == [post.pk]
        Post.objects.filter(pk=post.pk).update(ends_on=on - timedelta(days=1))
        assert post.pk not in [one.post.pk for one in access.standing(cast.school, on).listed]

    def test_it_is_due_again_in_the_next_term(self, cast, on, at):
        shown = access.standing(cast.school, on)
        access.confirm(
            school=cast.school, shown=shown.digest, by=cast.users["principal"], on=on, at=at
        )
        year = SchoolYear.objects.get(school=cast.school)
        Term.objects.filter(year=year).delete()
        term = Term.objects.create(
            year=year, season="spring", starts_on=on, ends_on=on + timedelta(days=90)
        )
        assert not access.standing(cast.school, on).is_due
        Term.objects.filter(pk=term.pk).update(starts_on=on + timedelta(days=1))
        assert not access.standing(cast.school, on).is_due
        assert access.standing(cast.school, on + timedelta(days=1)).is_due

    def test_the_principals_today_asks_for_it_two_weeks_into_a_term_and_once(self, cast, on, at):
        year = SchoolYear.objects.get(school=cast.school)
        Term.objects.filter(year=year).delete()
        term = Term.objects.create(
            year=year,
            season="autumn",
            starts_on=on - timedelta(days=13),
            ends_on=on + timedelta(days=90),
        )
        principal = as_user(cast, "principal")
        assert "核对一遍" not in principal.get("/").content.decode()
        Term.objects.filter(pk=term.pk).update(starts_on=on - timedelta(days=14))
        assert "核对一遍" in principal.get("/").content.decode()
        assert "核对一遍" not in as_user(cast, "admin").get("/").content.decode()
        shown = access.standing(cast.school, on)
        access.confirm(
            school=cast.school, shown=shown.digest, by=cast.users["principal"], on=on, at=at
        )
        assert "核对一遍" not in principal.get("/").content.decode()

    def test_the_administrator_looks_and_does_not_confirm(self, cast):
        client = as_user(cast, "admin")
        assert "filing/confirm" not in client.get(ADDRESS).content.decode()
        assert client.post(f"{ADDRESS}confirm/", {"shown": "x"}).status_code == 404

    def test_a_confirmation_is_never_changed(self, cast, at):
        row = AccessConfirmation.objects.create(
            school=cast.school, by=cast.users["principal"], at=at, listed=[]
        )
        for act in (row.delete, lambda: AccessConfirmation.objects.update(listed=[1])):
            with pytest.raises(InternalError), transaction.atomic():
                act()


@pytest.mark.parametrize(
    ("what", "leaves"),
    [
        ("survey export", True),
        ("referral letter", True),
        ("case 3 plan print all", True),
        ("notice village", True),
        ("call list", True),
        ("paper transfer 4", True),
        ("child", False),
        ("survey", False),
        ("referral", False),
        ("case 3 plan", False),
        ("letter", False),
    ],
)
def test_whatever_leaves_the_screen_is_told_as_such(cast, on, what, leaves):
    """An office reads in this sheet how often names went out on paper or as a file."""
    record_access(
        by=cast.users["counsellor"], school_id=cast.school.pk,
        student_ids=[cast.students["mengyao"].pk], what=what, ip=None,
    )  # fmt: skip
    rows = [list(row) for sheet in report.sheets(cast.school, on.year, on) for row in sheet.rows]
    assert [what, 1, 1, 1, "✓" if leaves else ""] in rows


def test_what_somebody_typed_neither_runs_nor_stops_the_file(cast):
    """A vertical tab comes along when somebody pastes from Word."""
    User.objects.filter(pk=cast.users["teacher"].pk).update(name='=HYPERLINK("http://x","李")')
    Post.objects.filter(user=cast.users["village"]).update(village="黄羊川\x0b村")
    answer = as_user(cast, "admin").get(f"{ADDRESS}file/")
    assert answer.status_code == 200
    cells = [
        cell for sheet in load_workbook(io.BytesIO(answer.content)) for row in sheet for cell in row
    ]
    assert "f" not in {cell.data_type for cell in cells}
    words = {cell.value for cell in cells}
    assert {'=HYPERLINK("http://x","李")', "黄羊川 村"} <= words
