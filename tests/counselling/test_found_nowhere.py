"""Words of a note, name and bytes of a file: on no page of anybody else, in no export, queue, cache, log,
error page or temporary file. (A dump of the database: test_secrecy. What a browser keeps: the journeys.)
"""

import io
import secrets
import zipfile
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from counselling.attachments import actions as attachment_actions
from counselling.cases import actions as case_actions
from counselling.cases import emergency
from delivery.tasks import drain_outbox
from tests.access.test_matrix import PATTERNS, TABLE, visitor
from tests.api.matrix import API
from tests.counselling.test_cases import signed_in
from tests.factories import cases
from tests.factories.files import photo
from tests.pdfs import text_of_pdf

pytestmark = pytest.mark.django_db
SAID, NAME = "暗号甲：她说夜里总醒", "暗号乙：县医院门诊单"
SEEN = b"\xff\xd8\xff" + secrets.token_bytes(40)
SECRETS = (SAID.encode(), NAME.encode(), SEEN, SEEN[8:24])
READERS = "mother pupil teacher principal admin village superuser".split()


@pytest.fixture
def case(cast):
    cases.second_counsellor(cast)
    found = cases.make_case(cast)
    cases.note(found, words=SAID)
    cases.task(found, words=SAID)
    case_actions.save_draft(case=found, by=found.owner, kind="note", words=SAID, at=found.opened_at)
    cases.attachment(found, data=SEEN, name=NAME)
    return found


def told(data: bytes) -> list[str]:
    """Which of the secrets stand in it, as they are, in hexadecimal or as JSON writes them."""
    escaped = [one.decode(errors="ignore").encode("unicode_escape") for one in SECRETS[:2]]
    wanted = [*SECRETS, *(one.hex().encode() for one in SECRETS), *escaped]
    return [repr(one) for one in wanted if one in data]


def opened(content: bytes) -> bytes:
    """A PDF as its text; an archive (a table of Excel is one) unpacked."""
    if content.startswith(b"%PDF"):
        return text_of_pdf(content).encode()
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return b"".join(opened(archive.read(name)) for name in archive.namelist())
    return content


class TestPages:
    """Every address about a child, and every list, that opens to somebody who does not read the case. Those
    that a token opens: tests/api/test_matrix.py.
    """

    @pytest.fixture
    def addresses(self, cast) -> dict[str, str]:
        known = {"student_id": cast.students["mengyao"].pk, "form": "page"}
        return {
            name: reverse(name, kwargs={key: known[key] for key in wanted})
            for name, wanted in PATTERNS.items()
            if set(wanted) <= set(known)
            and name not in API
            and name.split("_")[0] not in ("account", "mfa")
            and "sign_out" not in name
        }

    @pytest.mark.parametrize("role", READERS)
    def test_whatever_else_opens(self, cast, case, addresses, role):
        client, seen = visitor(cast, role), 0
        for name, address in addresses.items():
            if TABLE[name][role] != "A":
                continue
            answer = client.get(address)
            body = b"".join(answer) if answer.streaming else answer.content
            assert told(opened(body)) == [], name
            seen += answer.status_code == 200
        assert seen >= (3 if role in ("superuser", "village") else 5)

    def test_where_it_stands_it_would_be_found(self, case):
        """The search itself: on the owner's page all of it is there."""
        client = Client()
        client.force_login(case.owner, "django.contrib.auth.backends.ModelBackend")
        page = client.get(reverse("counselling:case", args=[case.pk])).content
        assert len(told(page)) == 2
        file = case.attachments.get()
        address = reverse("counselling:case_file", args=[case.pk, file.pk])
        assert told(client.get(address).content)


def in_redis() -> bytes:
    """All that lies in it: cache, sessions of workers and what waits for them."""
    server, found = redis.from_url(settings.REDIS_URL), []
    read = {
        b"string": lambda key: server.get(key),
        b"list": lambda key: b"".join(server.lrange(key, 0, -1)),
        b"hash": lambda key: b"".join(server.hvals(key)),
        b"set": lambda key: b"".join(server.smembers(key)),
        b"zset": lambda key: b"".join(server.zrange(key, 0, -1)),
    }
    for key in server.scan_iter("*"):
        found += [key, read[server.type(key)](key) or b""]
    return b"".join(found)


ON_DISK: list[list[Path]] = []


def looking(get_response):
    """Middleware: what lies on the disk while a file is being received."""

    def look(request):
        assert request.FILES
        ON_DISK.append(list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir()))
        return get_response(request)

    return look


class TestAroundTheDatabase:
    def test_redis_holds_neither_in_its_cache_nor_for_its_workers(self, cast, case):
        client = signed_in(cast, "counsellor")
        client.get(reverse("counselling:case", args=[case.pk]))
        client.get(reverse("counselling:case_file", args=[case.pk, case.attachments.get().pk]))
        emergency.read_in_emergency(
            student=case.student,
            by=cast.users["principal"],
            reason=SAID,
            at=case.opened_at,
            key=uuid4(),
            ip=None,
        )
        drain_outbox.delay()
        kept = in_redis()
        assert b"drain_outbox" in kept  # it waits for a worker
        assert told(kept) == []

    @pytest.mark.parametrize("what", ["note", "file"])
    def test_a_page_that_breaks_tells_nothing_and_neither_does_the_log(
        self, cast, case, what, monkeypatch, caplog, capsys
    ):
        def breaks(**facts):
            raise RuntimeError("the disk is full")

        monkeypatch.setattr(case_actions, "write_note", breaks)
        monkeypatch.setattr(attachment_actions, "add", breaks)
        client = signed_in(cast, "counsellor")
        client.raise_request_exception = False
        sent = {"key": str(uuid4())}
        with caplog.at_level("DEBUG"):
            if what == "note":
                address = reverse("counselling:case_write", args=[case.pk, "note"])
                answer = client.post(address, sent | {"words": SAID})
            else:
                file = SimpleUploadedFile(f"{NAME}.jpg", photo())
                address = reverse("counselling:case_file_add", args=[case.pk])
                answer = client.post(address, sent | {"file": file, "name": NAME})
        assert answer.status_code == 500
        assert "the disk is full" in caplog.text
        written = capsys.readouterr()
        for place in (answer.content, caplog.text.encode(), (written.out + written.err).encode()):
            assert told(place) == []

    def test_a_file_on_its_way_leaves_nothing_on_the_disk(self, cast, case, settings, tmp_path):
        settings.FILE_UPLOAD_TEMP_DIR = tmp_path
        large = photo(1200, 900, "PNG", noise=True)
        assert len(large) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE
        given = {"key": str(uuid4()), "file": SimpleUploadedFile("x.png", large), "name": ""}
        client = signed_in(cast, "counsellor")
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.looking"]
        ON_DISK.clear()
        address = reverse("counselling:case_file_add", args=[case.pk])
        assert client.post(address, given).status_code == 302
        assert ON_DISK == [[]]
        assert list(tmp_path.iterdir()) == []
