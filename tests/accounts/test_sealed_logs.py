"""The log of readers: append-only, in sealed chains, and every way of falsifying it is found."""

import io
import json
from datetime import UTC, datetime
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, connection, transaction

from accounts import anchors, chain, verifying
from accounts.actions import record_access
from accounts.models import AccessRecord, ChainHead
from core import walls as of_core
from delivery.models import Trouble
from homeschool import tasks
from homeschool.walls import WEB, WORKER
from tests import walls
from tests.factories.cast import make_user
from tests.sinks import SmtpSink

pytestmark = pytest.mark.django_db
WHAT = "file | 查看"
AT = datetime(2026, 11, 27, 8, tzinfo=UTC)
LOG = "access:1"


@pytest.fixture
def reader():
    return make_user("reader", "张丽华")


def test_an_address_with_the_name_of_a_network_card_is_recorded_without_it(reader):
    record_access(by=reader, school_id=1, student_ids=[7], what=WHAT, ip="fe80::1%eth0")
    assert AccessRecord.objects.get().ip_address == "fe80::1"
    assert verifying.first_broken(LOG) is None


@pytest.fixture
def rows(reader) -> list[AccessRecord]:
    for school in (1, 2, 1, 1, 1):
        opened(reader, school, [7, 8])
    return list(AccessRecord.objects.filter(school_id=1).order_by("number"))


def opened(reader, school=1, children=(7,)) -> None:
    record_access(by=reader, school_id=school, student_ids=children, what=WHAT, ip="2001:DB8::0001")


@pytest.fixture(autouse=True)
def kept(settings, tmp_path):
    path = tmp_path / "anchors.jsonl"
    settings.ANCHOR_URL = f"file://{path}"
    return path


def verify(**options) -> str:
    out = io.StringIO()
    call_command("verify_access_log", stdout=out, **options)
    return out.getvalue()


def test_each_school_counts_its_own_rows(rows):
    assert [row.number for row in rows] == list(range(1, 9))
    assert AccessRecord.objects.filter(school_id=2).count() == 2
    assert verifying.first_broken(LOG) is verifying.first_broken("access:2") is None


def test_a_worker_checks_rows_of_schools_that_are_gone_as_well(rows):
    """No school has the keys 1 and 2 here."""
    with walls.under(WORKER), of_core.every_school("as a worker's process"):
        found = verifying.look()
        assert (found.rows, found.broken) == (10, ())
        assert verifying.renew_anchor(AT) == []
    with walls.under(WEB), of_core.within([3]):
        assert not AccessRecord.objects.exists()


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


def test_a_row_stands_at_the_end_or_nowhere(rows):
    row = rows[3]
    row.pk, row.number = None, 12
    with pytest.raises(InternalError), transaction.atomic():
        row.save(force_insert=True)
    row.number = None
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        row.save(force_insert=True)


class TestKeys:
    def test_what_an_earlier_key_sealed_still_fits(self, rows, reader, settings):
        old = settings.AUDIT_KEYS
        settings.AUDIT_KEYS = ["another-key-" + "1" * 32, *old]
        opened(reader)
        assert verifying.first_broken(LOG) is None
        settings.AUDIT_KEYS = settings.AUDIT_KEYS[:1]
        assert verifying.first_broken(LOG) == verifying.Broken(LOG, 1, rows[0].pk, "forged")

    def test_without_one_nothing_is_checked_and_nothing_read(self, rows, reader, settings):
        settings.AUDIT_KEYS = []
        with pytest.raises(CommandError, match="AUDIT_KEYS"):
            verify()
        with pytest.raises(chain.NoAuditKey):
            opened(reader)


def change(rows):
    AccessRecord.objects.filter(pk=rows[3].pk).update(user_id=make_user("other", "别人").pk)


def change_and_seal_anew(rows):
    """By somebody who knows how seals are made, and has not the key."""
    row = rows[3]
    row.student_id = 99
    row.seal = chain.seal_of(row, bytes(rows[2].seal), b"guessed")
    row.save()


def delete(rows):
    AccessRecord.objects.filter(pk=rows[3].pk).delete()


def delete_the_first(rows):
    AccessRecord.objects.filter(number__lt=4, chain=LOG).delete()


def cut(rows):
    AccessRecord.objects.filter(number__gt=6, chain=LOG).delete()


def cut_with_the_head(rows):
    cut(rows)
    ChainHead.objects.filter(pk=LOG).update(number=6, seal=rows[5].seal)


def cut_all(rows):
    AccessRecord.objects.filter(chain=LOG).delete()
    ChainHead.objects.filter(pk=LOG).delete()


def take_the_head(rows):
    ChainHead.objects.filter(pk=LOG).delete()


def write_all_anew(rows):
    before = b""
    for row in rows:
        row.student_id = 99
        row.seal = before = chain.seal_of(row, before, b"guessed")
        row.save()
    ChainHead.objects.filter(pk=LOG).update(seal=before)


def add_a_row(rows):
    row = rows[-1]
    row.pk, row.number, row.student_id = None, 9, 99
    row.seal = chain.seal_of(row, bytes(row.seal), b"guessed")
    row.save(force_insert=True)
    ChainHead.objects.filter(pk=LOG).update(number=9, seal=row.seal)


FALSIFIED = [
    (change, 4, "forged"),
    (change_and_seal_anew, 4, "forged"),
    (delete, 4, "gone"),
    (delete_the_first, 1, "gone"),
    (cut, 7, "cut"),
    (cut_with_the_head, 7, "cut"),
    (cut_all, 1, "cut"),
    (take_the_head, 8, "head"),
    (write_all_anew, 1, "forged"),
    (add_a_row, 9, "forged"),
]


@pytest.mark.parametrize(("falsify", "number", "why"), FALSIFIED)
def test_whoever_falsifies_it_is_found_and_the_row_is_named(rows, kept, falsify, number, why):
    verifying.renew_anchor(AT)
    assert verify().startswith("Whole: 10 rows of 2 logs")
    with pgtrigger.ignore():
        falsify(rows)
    end = anchors.last().ends[LOG]
    found = verifying.first_broken(LOG, end)
    assert found is not None
    assert (found.number, found.why) == (number, why)
    with pytest.raises(CommandError, match=rf"Log access:1: .*row {number}\b"):
        verify()
    verifying.renew_anchor(AT)
    assert anchors.last().ends[LOG] == end  # what is false is not kept as seen


@pytest.mark.parametrize(
    "falsify", [delete_the_first, cut, cut_with_the_head, cut_all, take_the_head, add_a_row]
)
def test_within_minutes_the_quick_look_finds_head_and_tail(rows, falsify):
    assert verifying.renew_anchor(AT) == []
    with pgtrigger.ignore():
        falsify(rows)
    (told,) = verifying.renew_anchor(AT)
    assert told.startswith("Log access:1")


def test_rows_that_came_since_the_last_look_are_welcome(rows, kept, reader):
    verifying.renew_anchor(AT)
    verifying.renew_anchor(AT)
    opened(reader)
    assert verifying.renew_anchor(AT) == []
    assert verify().startswith("Whole: 11 rows")
    assert len(kept.read_text().split()) > 2
    assert kept.read_text().count("seal") == 2  # nothing new: nothing is kept


def test_a_page_opened_during_the_look_is_no_alarm(rows, reader, monkeypatch):
    """Rows are written after the head was read, and while the others are read."""

    def opened_meanwhile(*asked):
        opened(reader)
        for row in read(*asked):
            yield row
            if row.number in (3, 9):
                opened(reader)

    read = verifying._rows
    monkeypatch.setattr(verifying, "_rows", opened_meanwhile)
    assert verifying.first_broken(LOG) is None
    assert ChainHead.objects.get(pk=LOG).number > len(rows)


def test_a_head_set_back_behind_its_rows_is_found(rows):
    with pgtrigger.ignore():
        ChainHead.objects.filter(pk=LOG).update(number=6, seal=rows[5].seal)
    found = verifying.first_broken(LOG)
    assert found is not None
    assert found.why == "head"


def test_after_a_restore_the_ends_are_kept_as_they_are(rows, kept):
    verifying.renew_anchor(AT)
    with pgtrigger.ignore():
        cut_with_the_head(rows)
    with pytest.raises(CommandError, match="cut off"):
        verify()
    assert verify(after_restore=True).startswith("Whole: 8 rows")
    assert kept.read_text().count("seal") == 2  # what was seen before stands there still


class TestThePlace:
    def test_a_line_that_a_full_disk_cut_short_is_passed_over(self, rows, kept, reader):
        verifying.renew_anchor(AT)
        with kept.open("a") as file:
            file.write('{"anchor": "{\\"at')
        opened(reader)
        verifying.renew_anchor(AT)
        assert anchors.last().ends[LOG].number == 9

    def test_lines_of_somebody_else_are_no_anchors(self, rows, kept):
        kept.write_text(
            json.dumps({"anchor": '{"at": "2026-11-27T00:00Z", "ends": {}}', "seal": "00"})
        )
        with pytest.raises(CommandError, match="ANCHOR_URL"):
            verify()

    def test_a_host_takes_and_gives_them(self, rows, settings):
        with AnchorHost() as host:
            settings.ANCHOR_URL, settings.ANCHOR_TOKEN = host.url, "a-token"
            verifying.renew_anchor(AT)
            assert anchors.last().ends[LOG].number == 8
            assert host.tokens == {"Bearer a-token"}
            with pgtrigger.ignore():
                cut_with_the_head(rows)
            with pytest.raises(CommandError, match="cut off from row 7"):
                verify()

    def test_trouble_is_told_once_without_what_the_host_wrote(self, rows, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.ALERT_EMAILS = ["runs@example.org"]
        with AnchorHost(status=507) as host, SmtpSink() as post:
            settings.ANCHOR_URL = host.url
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post.port
            assert tasks.anchor_logs() == 1
            assert tasks.anchor_logs() == 0
            assert len(post.mails) == 1
        trouble = Trouble.objects.get(kind="anchor")
        assert trouble.detail == "the host answered 507"


def test_what_the_quick_look_finds_is_told(rows, settings):
    tasks.anchor_logs()
    assert not Trouble.objects.exists()
    with pgtrigger.ignore():
        cut_with_the_head(rows)
    tasks.anchor_logs()
    assert Trouble.objects.get().kind == "logs"


def test_the_daily_look_mails_whoever_runs_the_installation(rows, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.ALERT_EMAILS = ["runs@example.org"]
    with SmtpSink() as post:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post.port
        tasks.verify_logs()
        assert post.mails == []
        with pgtrigger.ignore():
            delete(rows)
        tasks.verify_logs()
        (mail,) = post.mails
    body = message_from_bytes(mail.content).get_payload(decode=True).decode()
    assert "row 4 is gone" in body
    assert "张丽华" not in body


class AnchorHost:
    """A host that only adds: POST a line, GET the last one."""

    def __init__(self, status: int = 200) -> None:
        self.lines: list[bytes] = []
        self.tokens: set[str | None] = set()
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                host.lines.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.answer(b"secret words of the host" if status != 200 else b"")

            def do_GET(self) -> None:
                self.answer(host.lines[-1] if host.lines else b"")

            def answer(self, body: bytes) -> None:
                host.tokens.add(self.headers["Authorization"])
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/jiaqiao"

    def __enter__(self) -> "AnchorHost":
        Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error) -> None:
        self.server.shutdown()
        self.server.server_close()
