"""The log of readers: append-only, chained per school, and every way of falsifying it is found."""

import io
from email import message_from_bytes

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, transaction

from accounts import access_chain, tasks, verifying
from accounts.actions import record_access
from accounts.models import AccessHead, AccessRecord
from tests.factories.cast import make_user
from tests.sinks import SmtpSink

pytestmark = pytest.mark.django_db
WHAT = "file | 查看"


@pytest.fixture
def reader():
    return make_user("reader", "张丽华")


@pytest.fixture
def rows(reader) -> list[AccessRecord]:
    for school in (1, 2, 1, 1, 1):
        record_access(
            by=reader, school_id=school, student_ids=[7, 8], what=WHAT, ip="2001:DB8::0001"
        )
    return list(AccessRecord.objects.filter(school_id=1).order_by("number"))


def verify(path) -> str:
    out = io.StringIO()
    call_command("verify_access_log", anchors=path, stdout=out)
    return out.getvalue()


@pytest.fixture
def anchors(tmp_path):
    return tmp_path / "anchors.jsonl"


def test_each_school_counts_its_own_rows(rows):
    assert [row.number for row in rows] == list(range(1, 9))
    assert AccessRecord.objects.filter(school_id=2).count() == 2
    assert access_chain.first_broken(1) is access_chain.first_broken(2) is None


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE accounts_accessrecord SET what = 'x'",
        "DELETE FROM accounts_accessrecord",
        "TRUNCATE accounts_accessrecord",
    ],
)
def test_the_database_itself_refuses_to_forget(rows, sql):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE waits for nothing then
        with pytest.raises(InternalError), transaction.atomic():
            cursor.execute(sql)


def change(rows):
    AccessRecord.objects.filter(pk=rows[3].pk).update(user_id=make_user("other", "别人").pk)


def change_and_hash_anew(rows):
    row = rows[3]
    row.student_id = 99
    row.hash = access_chain.hash_of(row, bytes(rows[2].hash))
    row.save()


def delete(rows):
    AccessRecord.objects.filter(pk=rows[3].pk).delete()


def cut(rows):
    AccessRecord.objects.filter(number__gt=6, school_id=1).delete()


def cut_with_the_head(rows):
    cut(rows)
    AccessHead.objects.filter(pk=1).update(number=6, hash=rows[5].hash)


def cut_all(rows):
    AccessRecord.objects.filter(school_id=1).delete()
    AccessHead.objects.filter(pk=1).delete()


def write_all_anew(rows):
    """By somebody who knows how the hash is made."""
    before = b""
    for row in rows:
        row.student_id = 99
        row.hash = before = access_chain.hash_of(row, before)
        row.save()
    AccessHead.objects.filter(pk=1).update(hash=before)


@pytest.mark.parametrize(
    ("falsify", "number", "why"),
    [
        (change, 4, "changed"),
        (change_and_hash_anew, 5, "changed"),
        (delete, 4, "gone"),
        (cut, 7, "cut"),
        (cut_with_the_head, 7, "cut"),
        (cut_all, 1, "cut"),
        (write_all_anew, 8, "anchor"),
    ],
)
def test_whoever_falsifies_it_is_found_and_the_row_is_named(rows, anchors, falsify, number, why):
    assert verify(anchors).startswith("Whole: 10 rows of 2 schools")
    with pgtrigger.ignore():
        falsify(rows)
    found = access_chain.first_broken(1, access_chain.kept_anchors(anchors))
    assert found is not None
    assert (found.number, found.why) == (number, why)
    kept = anchors.read_text()
    with pytest.raises(CommandError, match=rf"School 1: .*row {number}\b"):
        verify(anchors)
    assert anchors.read_text() == kept  # what is false is not kept as seen


def test_rows_that_came_since_the_last_look_are_welcome(rows, anchors, reader):
    verify(anchors)
    record_access(by=reader, school_id=1, student_ids=[7], what=WHAT, ip=None)
    assert verify(anchors).startswith("Whole: 11 rows")
    assert len(access_chain.kept_anchors(anchors)) == 3


def test_a_page_opened_during_the_look_is_no_alarm(rows, reader, monkeypatch):
    """Rows are written after the head was read, and while the others are read."""

    def opened_meanwhile(school_id):
        record_access(by=reader, school_id=1, student_ids=[7], what=WHAT, ip=None)
        for row in read(school_id):
            yield row
            if row.number in (3, 9):
                record_access(by=reader, school_id=1, student_ids=[7], what=WHAT, ip=None)

    read = access_chain._rows
    monkeypatch.setattr(access_chain, "_rows", opened_meanwhile)
    assert access_chain.first_broken(1) is None
    assert AccessHead.objects.get(pk=1).number > len(rows)


def test_a_head_set_back_behind_its_rows_is_found(rows):
    with pgtrigger.ignore():
        AccessHead.objects.filter(pk=1).update(number=6, hash=rows[5].hash)
    found = access_chain.first_broken(1)
    assert found is not None
    assert found.why == "changed"


def test_what_was_seen_of_the_other_schools_is_kept_while_one_is_broken(rows, anchors):
    with pgtrigger.ignore():
        delete(rows)
    assert verifying.look(anchors).broken
    assert [one.school_id for one in access_chain.kept_anchors(anchors)] == [2]


def test_the_daily_look_mails_whoever_runs_the_installation(rows, anchors, settings, monkeypatch):
    monkeypatch.setattr("accounts.tasks.look", lambda: verifying.look(anchors))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.ALERT_EMAILS = ["runs@example.org"]
    with SmtpSink() as post:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post.port
        tasks.verify_access_log()
        assert post.mails == []
        with pgtrigger.ignore():
            delete(rows)
        tasks.verify_access_log()
        (mail,) = post.mails
    body = message_from_bytes(mail.content).get_payload(decode=True).decode()
    assert "row 4 is gone" in body
    assert "张丽华" not in body
