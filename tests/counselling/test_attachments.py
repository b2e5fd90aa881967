"""Files of a case: sealed, opened by those who read the case, each opening in the log, and nowhere else."""

import io
import secrets
from datetime import timedelta
from uuid import uuid4

import pgtrigger
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import InternalError, transaction
from django.urls import reverse
from django.utils import timezone
from weasyprint import HTML

from accounts.models import AccessRecord
from accounts.verifying import first_broken
from counselling import secrecy
from counselling.attachments import actions
from counselling.cases import actions as case_actions
from counselling.models import Attachment, AttachmentContent
from guardians.models import Adult
from schools.models import Post
from students import barriers
from tests.counselling.test_cases import EVERYBODY, signed_in
from tests.days import day_of
from tests.factories import cases
from tests.factories.cast import make_adult, make_guardianship
from tests.factories.files import photo, video, wav

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


def test_another_file_from_the_same_page_is_kept(cast, case):
    key = str(uuid4())
    for data in (photo(), pdf(), pdf()):
        assert send(cast, case, data, key=key).status_code == 302
    assert [row.kind for row in Attachment.objects.order_by("added_at")] == ["photo", "document"]


def address(row: Attachment) -> str:
    return reverse("counselling:case_file", args=[row.case_id, row.pk])


@pytest.mark.parametrize(
    ("data", "kind", "content_type", "begins", "name"),
    [
        (photo(), "photo", "image/jpeg", b"\xff\xd8\xff", "photo.jpg"),
        (pdf(), "document", "application/pdf", b"%PDF-", "file.pdf"),
        (wav(2), "voice", "audio/mp4", b"....ftyp", "recording.m4a"),
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
    # A browser keeps this one in its history: it tells nothing of what the file is.
    assert response["Content-Disposition"] == f'inline; filename="{name}"'
    part = client.get(address(row), headers={"Range": "bytes=0-3"})
    in_parts = (206, response.content[:4]) if kind == "voice" else (200, response.content)
    assert (part.status_code, part.content) == in_parts
    assert part.has_header("Accept-Ranges") is (kind == "voice")
    assert "no-store" in part["Cache-Control"]
    assert b"example.org" not in response.content  # a PDF comes without its links and scripts


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04 a text of Word", "PDF"),
        (video(), "这里不收视频"),
        (b"\x00\x00\x00\x1cftypavif" + b"x" * 40, "AVIF"),
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
        assert first_broken(f"access:{case.school_id}") is None
        page = signed_in(cast, "counsellor").get(reverse("counselling:case", args=[case.pk]))
        # The owner's own are one line for all; whom else the list is for stands there by name.
        assert page.content.decode().count("看了文件") == 2
        assert page.context["own_reads"] == 3  # two files, and the page itself

    def test_neither_a_recording_in_parts_nor_the_owners_looks_push_anybody_off_the_list(
        self, cast, case, at
    ):
        row, principal = cases.attachment(case), cast.users["principal"]
        cases.reader(case, principal, at)
        signed_in(cast, "principal").get(reverse("counselling:case", args=[case.pk]))
        for _ in range(30):
            actions.open_file(attachment=row, by=case.owner, ip=None)
        owner, url = signed_in(cast, "counsellor"), reverse("counselling:case", args=[case.pk])
        pages = [owner.get(url) for _ in range(25)]
        assert [one["read"].user for one in pages[-1].context["reads"]] == [principal]
        assert pages[-1].context["own_reads"] == 30 + 25
        assert AccessRecord.objects.filter(what=actions.file_mark(row)).count() == 30

    @pytest.mark.parametrize("how", ["barred", "blocked in the family", "post ended"])
    def test_not_whoever_the_child_is_closed_to_or_has_left_the_school(self, cast, case, at, how):
        row, reader = cases.attachment(case), cast.users["next_teacher"]
        cases.reader(case, reader, at)
        assert self.readers(cast, row) == {"counsellor", "next_teacher"}
        by = cast.users["principal"]
        if how == "barred":
            barriers.set_barrier(student=case.student, user=reader, reason="x", by=by, at=at)
        elif how == "post ended":
            Post.objects.filter(user=reader).update(ends_on=day_of(at) - timedelta(days=1))
        else:
            own = make_adult(cast.school, reader.name, user=reader)
            make_guardianship(case.student, own, "relative")
            Adult.objects.filter(pk=own.pk).update(blocked_at=at, blocked_by=by, blocked_reason="x")
        assert self.readers(cast, row) == {"counsellor"}

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
            assert actions.open_file(attachment=again, by=case.owner, ip=None) == cases.SEEN
        assert {row.key_id for row in Attachment.objects.all()} == {secrecy.current_key_id()}

    def test_bytes_exchanged_between_two_files_do_not_open(self, cast, case):
        first, second = cases.attachment(case), cases.attachment(case)
        AttachmentContent.objects.filter(attachment=first).update(sealed=second.content.sealed)
        answer = signed_in(cast, "counsellor").get(address(first))
        assert answer.status_code == 503
        assert cases.SEEN not in answer.content

    def test_bytes_that_hang_at_another_file_do_not_open(self, cast, case):
        first, second = cases.attachment(case), cases.attachment(case)
        with pgtrigger.ignore("counselling.AttachmentContent:never_changed"):
            AttachmentContent.objects.filter(attachment=second).delete()
            AttachmentContent.objects.filter(attachment=first).update(attachment=second)
        assert signed_in(cast, "counsellor").get(address(second)).status_code == 503

    def test_a_name_moved_to_another_case_does_not_open(self, cast, case, at):
        row, other = cases.attachment(case), cases.make_case(cast, at, student="haitao")
        with pgtrigger.ignore("counselling.Attachment:never_changed"):
            Attachment.objects.filter(pk=row.pk).update(case=other)
        assert [one.trouble for one in actions.names_of(other)] == ["tampered"]
