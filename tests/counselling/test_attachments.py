"""Files of a case: sealed, opened by those who read the case, each opening in the log, and nowhere else."""

import io
import secrets
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import InternalError, transaction
from django.urls import reverse
from django.utils import timezone
from weasyprint import HTML

from accounts.access_chain import first_broken
from accounts.models import AccessRecord
from counselling import secrecy
from counselling.attachments import actions
from counselling.cases import actions as case_actions
from counselling.models import Attachment, AttachmentContent
from tests.counselling.test_cases import EVERYBODY, signed_in
from tests.factories import cases
from tests.factories.files import photo, wav

pytestmark = pytest.mark.django_db
NAME = "县医院门诊单"


@pytest.fixture
def at():
    return timezone.now() - timedelta(hours=1)


@pytest.fixture
def case(cast, at):
    cases.second_counsellor(cast)
    return cases.make_case(cast, at)


def pdf(pages: int = 2) -> bytes:
    sheet = "<p style='page-break-after:always'>出院小结 <a href='https://example.org'>看</a></p>"
    return HTML(string=sheet * pages).write_pdf()


def send(cast, case, data: bytes, **more):
    given = {
        "file": SimpleUploadedFile(f"{NAME}.bin", data),
        "key": str(uuid4()),
        "name": "",
    } | more
    return signed_in(cast, "counsellor").post(
        reverse("counselling:case_file_add", args=[case.pk]), given
    )


def address(row: Attachment) -> str:
    return reverse("counselling:case_file", args=[row.case_id, row.pk])


@pytest.mark.parametrize(
    ("data", "kind", "content_type", "begins", "name"),
    [
        (photo(), "photo", "image/jpeg", b"\xff\xd8\xff", f"{NAME}.jpg"),
        (pdf(), "document", "application/pdf", b"%PDF-", f"{NAME}.pdf"),
        (wav(2), "voice", "audio/mp4", b"....ftyp", f"{NAME}.m4a"),
    ],
)
def test_added_and_opened_again(cast, case, data, kind, content_type, begins, name):
    key = str(uuid4())
    for _ in range(2):  # a form that was sent twice
        assert send(cast, case, data, key=key).status_code == 302
    row = Attachment.objects.get()
    assert (row.kind, row.added_by) == (kind, case.owner)
    client = signed_in(cast, "counsellor")
    assert NAME in client.get(reverse("counselling:case", args=[case.pk])).content.decode()
    response = client.get(address(row))
    assert response["Content-Type"] == content_type
    assert (
        response.content[4:8] == b"ftyp" if kind == "voice" else response.content.startswith(begins)
    )
    assert len(response.content) == row.size
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    disposition = response["Content-Disposition"]
    assert disposition.startswith("inline; filename*=utf-8''")
    assert disposition.endswith(name[-4:])
    part = client.get(address(row), headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, response.content[:4])
    assert "no-store" in part["Cache-Control"]
    assert b"example.org" not in response.content  # a PDF comes without its links and scripts


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04 a text of Word", "PDF"),
        (b"", "没有"),
        (b"%PDF-1.7 broken", "PDF"),
        (pdf(21), "20"),
        (b"%PDF-" + b"x" * 15_000_000, "15 MB"),
    ],
)
def test_what_is_not_taken_is_said_at_the_field_and_nothing_is_kept(cast, case, data, says):
    response = send(cast, case, data, name="写好的说明")
    assert response.status_code == 422
    page = response.content.decode()
    assert says in page
    assert "写好的说明" in page
    assert not Attachment.objects.exists()


def test_without_a_key_nothing_is_kept(cast, case, settings):
    settings.NOTE_KEYS = []
    response = send(cast, case, photo())
    assert response.status_code == 422
    assert "NOTE_KEYS" in response.content.decode()
    assert not Attachment.objects.exists()


class TestWhoOpens:
    def readers(self, cast, row) -> set[str]:
        answers = {who: signed_in(cast, who).get(address(row)) for who in EVERYBODY}
        for answer in answers.values():
            assert (answer.content == cases.SEEN) is (answer.status_code == 200)
        return {who for who, answer in answers.items() if answer.status_code == 200}

    def test_the_owner_those_let_in_and_in_an_emergency_each_noted(self, cast, case, at):
        row = cases.attachment(case)
        assert self.readers(cast, row) == {"counsellor"}
        cases.reader(case, cast.users["next_teacher"], at)
        reason = {"reason": "孩子没有回家，要知道她会去哪里", "key": str(uuid4())}
        ask = reverse("counselling:case_emergency", args=[case.student_id])
        signed_in(cast, "principal").post(ask, reason)
        assert self.readers(cast, row) == {"counsellor", "next_teacher", "principal"}
        noted = AccessRecord.objects.filter(what=actions.file_mark(row))
        assert noted.count() == 4
        assert first_broken(case.school_id) is None
        page = signed_in(cast, "counsellor").get(reverse("counselling:case", args=[case.pk]))
        assert page.content.decode().count("看了文件") == 4

    def test_handed_over_it_goes_along(self, cast, case, at):
        row = cases.attachment(case)
        case_actions.hand_over(case=case, by=case.owner, to=cast.users["second"], at=at)
        assert self.readers(cast, row) == {"second"}

    def test_the_number_of_another_case_opens_nothing(self, cast, case, at):
        row = cases.attachment(case)
        other = cases.make_case(cast, at, student="haitao")
        url = reverse("counselling:case_file", args=[other.pk, row.pk])
        assert signed_in(cast, "counsellor").get(url).status_code == 404


class TestTakingAway:
    def test_bytes_and_name_are_gone_and_who_did_it_stays(self, cast, case, at):
        row = cases.attachment(case, name=NAME)
        cases.reader(case, cast.users["principal"], at)
        assert signed_in(cast, "principal").post(address(row)).status_code == 404
        client = signed_in(cast, "counsellor")
        for expected in (302, 404):
            assert client.post(address(row)).status_code == expected
        row.refresh_from_db()
        assert (row.removed_by, actions.open_words(row)) == (case.owner, "")
        assert not AttachmentContent.objects.exists()
        assert client.get(address(row)).status_code == 404
        page = client.get(reverse("counselling:case", args=[case.pk])).content.decode()
        assert NAME not in page
        assert "拿掉了一份文件" in page

    @pytest.mark.parametrize("change", [{"size": 1}, {"kind": "voice"}])
    def test_else_nothing_of_it_changes(self, case, change):
        row = cases.attachment(case)
        for act in (
            lambda: Attachment.objects.filter(pk=row.pk).update(**change),
            lambda: Attachment.objects.filter(pk=row.pk).delete(),
        ):
            with pytest.raises(InternalError), transaction.atomic():
                act()


class TestKeys:
    def test_a_missing_key_is_named_and_nothing_is_overwritten(self, cast, case, settings):
        row = cases.attachment(case, name=NAME)
        before = bytes(row.content.sealed)
        lost, old = row.key_id, settings.NOTE_KEYS
        settings.NOTE_KEYS = [secrets.token_urlsafe(32)]
        client = signed_in(cast, "counsellor")
        for answer in (
            client.get(address(row)),
            client.post(address(row)),
            client.get(reverse("counselling:case", args=[case.pk])),
        ):
            assert answer.status_code in (503, 422, 200)
            assert lost in answer.content.decode()
        assert bytes(AttachmentContent.objects.get().sealed) == before
        settings.NOTE_KEYS = old
        assert client.get(address(row)).content == cases.SEEN

    def test_rotation_seals_name_and_bytes_anew(self, cast, case, settings):
        rows = [cases.attachment(case, name=f"第{number}份") for number in range(6)]
        new = secrets.token_urlsafe(32)
        settings.NOTE_KEYS = [new, *settings.NOTE_KEYS]
        out = io.StringIO()
        call_command("rotate_note_keys", stdout=out)
        assert out.getvalue().startswith("12 sealed")
        settings.NOTE_KEYS = [new]
        for row in rows:
            again = Attachment.objects.select_related("case", "content").get(pk=row.pk)
            _, data = actions.open_file(attachment=again, by=case.owner, ip=None)
            assert data == cases.SEEN
        assert {row.key_id for row in Attachment.objects.all()} == {secrecy.current_key_id()}

    def test_bytes_exchanged_between_two_files_do_not_open(self, cast, case):
        first, second = cases.attachment(case), cases.attachment(case)
        AttachmentContent.objects.filter(attachment=first).update(sealed=second.content.sealed)
        answer = signed_in(cast, "counsellor").get(address(first))
        assert answer.status_code == 503
        assert cases.SEEN not in answer.content
