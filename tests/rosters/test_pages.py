"""From choosing the file to undoing the import, over HTTP and with a real worker."""

import io
import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection, connections
from django.urls import reverse
from openpyxl import load_workbook

from rosters.models import RosterImport
from students.models import Student
from tests.fixtures.make_roster import as_xlsx, make_roster
from tests.rosters.conftest import prepare, snapshot, upload
from tests.rosters.test_reading import book_of


@pytest.mark.django_db
def test_the_preview_shows_each_problem_at_its_cell(admin, school):
    made = make_roster()
    roster = prepare(admin, as_xlsx(made))
    page = admin.get(reverse("rosters:preview", args=[roster.pk]))
    text = page.content.decode()
    assert (page.context["total"], page.context["blocked"]) == (601, len(made.blocked))
    assert {row.number for row in page.context["rows"]} == made.blocked
    for words in ("最后一位对不上", "学校没有这个班", "没有这一天", "没有写姓名", "是同一个孩子"):
        assert words in text
    assert made.children[10].id_number[6:14] not in text


@pytest.mark.django_db
def test_a_fix_is_accepted_for_one_cell_and_for_all(admin, school):
    made = make_roster()
    roster = prepare(admin, as_xlsx(made))
    line = made.messes["id_check_digit"][0]
    part = admin.post(
        reverse("rosters:decide", args=[roster.pk]),
        {"key": f"{line},id_number", "value": ""},
        headers={"HX-Request": "true"},
    )
    assert line not in {row.number for row in part.context["rows"]}
    assert "<html" not in part.content.decode()
    rest = len(made.blocked) - 1 - len(made.messes["bad_date"])
    admin.post(reverse("rosters:fix_all", args=[roster.pk]))
    page = admin.get(reverse("rosters:preview", args=[roster.pk]))
    assert page.context["blocked"] == rest


@pytest.mark.django_db
def test_the_preview_costs_the_same_queries_for_few_and_many(
    admin, school, django_assert_max_num_queries
):
    counts = []
    for children in (6, 60):
        RosterImport.objects.all().delete()
        roster = prepare(admin, as_xlsx(make_roster(children=children, clean=True)))
        with django_assert_max_num_queries(
            50
        ) as counted:  # most of them are for the work counts in the rail
            admin.get(reverse("rosters:preview", args=[roster.pk]))
        counts.append(len(counted))
    assert counts[0] == counts[1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "空的"), (b"<html>", "网页"), (b"PK\x03\x04 broken", "坏了"), (b"%PDF-1.7", "不是表格")],
)
def test_an_unreadable_file_is_refused_at_its_field(admin, school, content, words):
    page = upload(admin, content)
    assert page.status_code == 422
    assert words in page.content.decode()
    assert not RosterImport.objects.exists()


@pytest.mark.django_db
def test_columns_that_contradict_are_refused_and_kept(admin, school):
    upload(admin, as_xlsx(make_roster(children=6, clean=True)))
    roster = RosterImport.objects.get()
    url = reverse("rosters:columns", args=[roster.pk])
    fields = admin.get(url).context["fields"]
    values = {field.html_name: field.value() for field, _samples in fields}
    page = admin.post(url, values | {"c1": "", "c0": "class"})
    assert page.status_code == 422
    assert "没有一列当作孩子姓名" in page.content.decode()
    assert "已经当作这一项了" in page.content.decode()
    roster.refresh_from_db()
    assert roster.mapping == {}


@pytest.mark.django_db
def test_the_template_is_a_roster_whose_example_stays_out(admin, school):
    content = admin.get(reverse("rosters:template")).content
    book = load_workbook(io.BytesIO(content))
    names = ["孙悦悦", "女", "2017-05-04", "", "", "三年级1班"]
    for column, value in enumerate(names, 1):
        book.active.cell(3, column, value)
    stream = io.BytesIO()
    book.save(stream)
    roster = prepare(admin, stream.getvalue())
    page = admin.get(reverse("rosters:preview", args=[roster.pk]))
    assert (page.context["total"], page.context["goes_in"]) == (1, 1)


@pytest.mark.django_db
def test_only_those_who_may_import_at_this_school(client, cast, school):
    client.force_login(cast.users["admin"], backend="django.contrib.auth.backends.ModelBackend")
    roster = prepare(client, as_xlsx(make_roster(children=6, clean=True)))
    url = reverse("rosters:preview", args=[roster.pk])
    assert client.get(url).status_code == 200
    for name in ("teacher", "principal", "counsellor", "ended", "far_teacher", "superuser"):
        user = cast.users[name]
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get(url).status_code == 404, name
        assert client.post(reverse("rosters:start", args=[roster.pk])).status_code == 404, name
    RosterImport.objects.filter(pk=roster.pk).update(school=cast.other_school)
    client.force_login(cast.users["admin"], backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(url).status_code == 404
    roster.refresh_from_db()
    assert roster.state == RosterImport.State.CHECKED


# --- With a worker ---------------------------------------------------------------------------------


def worker() -> subprocess.Popen:
    """Start a Celery worker on the test's own database and Redis."""
    database = connection.settings_dict
    host = database["HOST"].replace("/", "%2F")
    port = f":{database['PORT']}" if database["PORT"] else ""
    user = (
        f"{database['USER']}:{database['PASSWORD']}" if database["PASSWORD"] else database["USER"]
    )
    url = f"postgres://{user}@{host}{port}/{database['NAME']}"
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "homeschool",
            "worker",
            "--pool=solo",
            "-l",
            "ERROR",
        ],
        env={**os.environ, "DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL},
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for(what, seconds=120.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError(f"nothing after {seconds} s: {what}")


def state_of(roster):
    return RosterImport.objects.values_list("state", flat=True).get(pk=roster.pk)


@pytest.fixture
def no_old_jobs():
    from homeschool.celery import app

    app.control.purge()
    yield
    app.control.purge()


@pytest.mark.integration
@pytest.mark.django_db(transaction=True)
def test_from_the_file_to_the_children_and_back(admin, school, no_old_jobs):
    made = make_roster()
    roster = prepare(admin, as_xlsx(made))
    process = worker()
    try:
        started = admin.post(reverse("rosters:start", args=[roster.pk]))
        assert started["Location"] == reverse("rosters:progress", args=[roster.pk])
        wait_for(lambda: state_of(roster) == "done")
    finally:
        process.terminate()
        process.wait(20)
    moved = admin.get(started["Location"], headers={"HX-Request": "true"})
    assert moved["HX-Redirect"] == reverse("rosters:result", args=[roster.pk])
    page = admin.get(moved["HX-Redirect"])
    expected = 601 - len(made.blocked)
    assert page.context["counts"]["created"] == expected
    book = load_workbook(
        io.BytesIO(admin.get(reverse("rosters:result_file", args=[roster.pk])).content)
    )
    assert book.active.max_row == 602
    admin.post(reverse("rosters:undo", args=[roster.pk]))
    assert state_of(roster) == "undone"
    assert Student.objects.filter(school=school).count() == 3


@pytest.mark.integration
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_midway_leaves_nothing_and_another_finishes(admin, school, no_old_jobs):
    """The worker is held midway by a lock on a table that it writes late in each chunk."""
    roster = prepare(admin, as_xlsx(make_roster(children=120, clean=True)))
    before = snapshot()
    holder = connections.create_connection("default")
    holder.set_autocommit(False)
    process = worker()
    try:
        holder.cursor().execute("LOCK TABLE guardians_guardianship IN SHARE MODE")
        admin.post(reverse("rosters:start", args=[roster.pk]))
        wait_for(_is_writing)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
    finally:
        holder.rollback()
        holder.close()
        process.kill()
        process.wait(20)
    wait_for(lambda: not _is_writing(granted=True))
    assert state_of(roster) == "running"
    assert snapshot() == before

    from rosters.tasks import resume_imports

    resume_imports()
    assert state_of(roster) == "done"
    assert roster.results.filter(kind="created").count() == 120
    resume_imports()
    assert Student.objects.filter(school=school).count() == 3 + 120


def _is_writing(*, granted: bool = False) -> bool:
    """Return whether a worker waits for the locked table with an open transaction; with `granted`, or has
    it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation"
            " WHERE relname = 'guardians_guardianship' AND pid <> pg_backend_pid()"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND (%s OR NOT granted)",
            [granted],
        )
        return cursor.fetchone()[0] > 0


@pytest.mark.django_db
def test_the_review_shows_the_birthdays_as_they_are_read(admin, school):
    """A column with day and month exchanged is easy to spot."""
    header = ("姓名", "性别", "班级", "出生日期", "身份证号")
    lines = [
        ("宋一", "男", "三2", "2017/4/5", ""),
        ("宋二", "女", "三2", "", "620622201706070025"),
        ("宋三", "女", "三2", "", ""),
        ("宋四", "女", "三2", "2017-13-05", ""),
    ]
    roster = prepare(admin, book_of(header, *lines))
    page = admin.get(reverse("rosters:preview", args=[roster.pk]) + "?tab=new")
    assert [row.born_on for row in page.context["rows"]] == ["2017-04-05", "2017-06-07", ""]
    assert "2017-04-05" in page.content.decode()
    blocked = admin.get(reverse("rosters:preview", args=[roster.pk]) + "?tab=blocked")
    assert [row.born_on for row in blocked.context["rows"]] == [""]  # the cell says what is wrong
