"""Backups made and restored by PostgreSQL's own programs and age; what breaks on the way leaves nothing
that looks whole."""

import fcntl
import os
import re
import resource
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from core import clock
from counselling.cases import actions as case_actions
from delivery.models import Restore, SendingSwitch
from doors.staff import erasing
from homeschool.backups import archive, contents, erasures, postgres, restoring
from homeschool.backups.trouble import BackupTrouble
from privacy import requests
from privacy.models import DataRequest, Erasure
from schools.models import School
from students.models import Student
from tests.delivery.test_faults import environment_of_drain
from tests.factories import cases
from tests.factories.backups import empty_database, make_keys

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


# Tables that the restore itself alters.
CHANGED = {"delivery_outboxmessage", "delivery_restore", "delivery_sendingswitch", "django_session"}
# Tables in which rooms note what has fallen due since the backup, and that schools are stopped. (A server
# that has run for five minutes has its lessons.)
CAUGHT_UP = {
    "figures_classday",
    "figures_classweek",
    "figures_staleclass",
    "learning_lesson",
    "messaging_checkinplan",
    "messaging_checkinplanevent",
    "schools_school",
    "schools_schoolevent",
}


@pytest.fixture
def keys(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "log-anchors.jsonl").write_text("an anchor\n")
    return make_keys(tmp_path)


def backup(folder: Path, public: str) -> Path:
    call_command("backup", folder, to=[public], stdout=StringIO())
    [path] = folder.glob("*.age")
    return path


def restore(path: Path, key: Path, **more) -> str:
    said = StringIO()
    call_command("restore", path, identity=key, stdout=said, stderr=StringIO(), **more)
    return said.getvalue()


def test_what_comes_back_is_what_was_there(cast, client, keys, tmp_path, settings):
    public, key = keys
    client.force_login(cast.users["admin"])
    case = cases.make_case(cast)
    cases.note(case)
    assert Session.objects.exists()
    last = Student.objects.order_by("-pk")[0].pk
    path = backup(tmp_path, public)
    assert path.stat().st_mode & 0o077 == 0
    with transaction.atomic():
        saved = contents.tables()
    (settings.MEDIA_ROOT / "log-anchors.jsonl").unlink()
    with empty_database():
        said = restore(path, key)
        with transaction.atomic():
            found = contents.tables()
        assert found.keys() == saved.keys()
        # The load was compared whole; what rooms have caught up with since is no more than plans.
        differing = {name for name, table in saved.items() if found[name] != table}
        assert differing <= CHANGED | CAUGHT_UP
        assert sum(table.rows for table in saved.values()) > 300
        [note] = case_actions.read_notes(case=case, by=case.owner, ip=None)[0]
        assert note.words == cases.SAID
        assert Restore.objects.get().finished_at
        assert str(Restore.objects.get().loaded_at.year) in said
        # Who was signed in signs in again, and no lost child's number is another's.
        assert not Session.objects.exists()
        fresh = Student.objects.create(school=School.objects.first(), name="新来的")
        assert fresh.pk > last + 900_000
        # Its schools are stopped, not the installation.
        assert not SendingSwitch.objects.exclude(stopped_at=None).exists()
        begun = School.objects.exclude(sending_started_at=None)
        assert begun.exists()
        assert not begun.filter(sending_stopped_at=None).exists()
    assert (settings.MEDIA_ROOT / "log-anchors.jsonl").read_text() == "an anchor\n"


def deep_folder(root: Path) -> None:
    """A file so deep that its path is too long for the system, which not even root can open by it."""
    handle = os.open(root, os.O_RDONLY)
    for _level in range(20):
        os.mkdir("a" * 250, dir_fd=handle)
        inner = os.open("a" * 250, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    os.close(os.open("deep", os.O_CREAT | os.O_WRONLY, dir_fd=handle))
    os.close(handle)


def test_a_backup_without_some_file_beside_the_database_says_so(keys, tmp_path, settings):
    """It is kept, because the database is in it, but neither it nor a drill passes for good."""
    (public, key), root = keys, settings.MEDIA_ROOT
    (root / "inside").mkdir()
    (root / "inside" / "good").write_text("one")
    (root / "linked.jsonl").symlink_to(tmp_path / "key.txt")
    (root / "linked").symlink_to(tmp_path)
    os.mkfifo(root / "pipe")
    deep_folder(root)
    with pytest.raises(
        CommandError, match=r"media/linked, media/linked\.jsonl, media/pipe"
    ) as refused:
        backup(tmp_path, public)
    assert "aaa/aaa" in str(refused.value).replace("a" * 247, "")
    [path] = tmp_path.glob("*.age")
    assert (tmp_path / "erasures.jsonl").exists()
    manifest = restoring.read(path, archive.identities(key))
    assert manifest["media"].keys() == {"log-anchors.jsonl", "inside/good"}
    assert len(manifest["missing"]) == 4
    with pytest.raises(CommandError, match=r"media/linked, media/linked\.jsonl, media/pipe"):
        call_command("restore_drill", tmp_path, identity=key, stdout=StringIO())


def test_a_backup_says_that_there_is_no_folder_beside_the_database(keys, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "elsewhere"
    said = StringIO()
    call_command("backup", tmp_path, to=[keys[0]], stdout=StringIO(), stderr=said)
    assert str(settings.MEDIA_ROOT) in said.getvalue()
    settings.MEDIA_ROOT.symlink_to(tmp_path / "media")  # the folder itself may be elsewhere
    said, second = StringIO(), tmp_path / "second.age"
    call_command("backup", second, to=[keys[0]], stdout=StringIO(), stderr=said)
    assert said.getvalue() == ""
    assert restoring.read(second, archive.identities(keys[1]))["media"].keys() == {
        "log-anchors.jsonl"
    }


def test_no_key_of_the_server_is_in_it_and_notes_stay_closed(cast, keys, tmp_path, settings):
    public, key = keys
    path = backup(tmp_path, public)
    with archive.reading(path, archive.identities(key)) as members:
        whole = b"".join(content for _name, content in members)
    assert whole
    for secret in (settings.SECRET_KEY, *settings.NOTE_KEYS, *settings.AUDIT_KEYS):
        assert secret.encode() not in whole


def test_restoring_refuses_what_it_cannot_do_whole(cast, keys, tmp_path, monkeypatch):
    public, key = keys
    path = backup(tmp_path, public)
    other = tmp_path / "other"
    other.mkdir()
    strangers = make_keys(other)[1]
    half = tmp_path / "half.age"
    half.write_bytes(path.read_bytes()[:-1000])
    changed = tmp_path / "changed.age"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    with pytest.raises(CommandError, match="不是空的"):
        restore(path, key)
    with empty_database():
        for file, identity, words in (
            (path, strangers, "打不开"),
            (half, key, "损坏"),
            (changed, key, "损坏"),
            (tmp_path / "none.age", key, "没有这个文件"),
            (path, path, "私钥"),
        ):
            with pytest.raises(CommandError, match=words):
                restore(file, identity)
            assert not connection.introspection.table_names()
        manifest = restoring.read(path, archive.identities(key))
        newer = manifest | {"migrations": [*manifest["migrations"], "schools.9999_of_tomorrow"]}
        monkeypatch.setattr(restoring, "read", lambda *args: newer)
        with pytest.raises(CommandError, match="更新的版本"):
            restore(path, key)
        assert not connection.introspection.table_names()


def test_a_load_that_differs_from_what_was_saved_leaves_nothing(
    cast, keys, tmp_path, settings, monkeypatch
):
    """Neither a database that could be finished with --go-on, nor a file beside it."""
    public, key = keys
    path = backup(tmp_path, public)
    anchors = settings.MEDIA_ROOT / "log-anchors.jsonl"
    (settings.MEDIA_ROOT / "kept").write_text("newer than the backup\n")
    anchors.unlink()
    manifest = restoring.read(path, archive.identities(key))
    manifest["tables"]["students_student"]["rows"] += 1
    del manifest["tables"]["surveys_round"]
    manifest["tables"]["students_lost"] = {"rows": 0, "digest": "0"}
    monkeypatch.setattr(restoring, "read", lambda *args: manifest)
    with empty_database():
        with pytest.raises(CommandError, match="students_lost, students_student, surveys_round"):
            restore(path, key)
        connection.close()
        assert not connection.introspection.table_names()
        with pytest.raises(CommandError, match="没有"):
            call_command("restore", go_on=True, erasures=tmp_path / "erasures.jsonl")
        assert not connection.introspection.table_names()
    assert [file.name for file in settings.MEDIA_ROOT.iterdir()] == ["kept"]


def test_a_damaged_list_of_deletions_is_told_before_anything_is_loaded(cast, keys, tmp_path):
    public, key = keys
    path = backup(tmp_path, public)
    (tmp_path / "erasures.jsonl").write_text("no list\n")
    with empty_database():
        with pytest.raises(CommandError, match=r"erasures\.jsonl"):
            restore(path, key)
        assert not connection.introspection.table_names()


def test_a_load_that_breaks_off_leaves_an_empty_database(cast, keys, tmp_path):
    public, key = keys
    path = backup(tmp_path, public)
    with empty_database():
        with archive.reading(path, archive.identities(key)) as members:
            pieces = [content for name, content in members if name.startswith("database/")]

        def broken():
            yield pieces[0][: len(pieces[0]) // 2]
            raise restoring.BackupTrouble("the disk was pulled out")

        def nothing(execute):
            return None

        def wrong(execute):
            execute("SELECT no_such_column FROM public.delivery_outboxmessage")

        def refused(execute):
            assert int(execute("SELECT count(*) FROM public.students_student")[0][0]) > 0
            raise restoring.BackupTrouble("something differs")

        for parts, then in (
            (broken(), nothing),
            ([pieces[0][: len(pieces[0]) // 2]], nothing),
            (pieces, wrong),
            (pieces, refused),
        ):
            with pytest.raises(restoring.BackupTrouble):
                postgres.load(parts, then=then)
            connection.close()
            assert not connection.introspection.table_names()


def run_backup(folder: Path, public: str, **how) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "manage.py", "backup", str(folder), "--to", public, "--language", "en"],
        env=environment_of_drain() | {"JIAQIAO_DATA": str(folder)} | how.pop("env", {}),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how,
    )  # fmt: skip


def small_files_only() -> None:
    """As a full disk: whatever grows beyond this is refused."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def test_a_full_disk_leaves_nothing_that_looks_whole(cast, keys, tmp_path):
    running = run_backup(tmp_path, keys[0], preexec_fn=small_files_only)
    _out, said = running.communicate(timeout=100)
    assert running.returncode == 1
    assert "could not be written: File too large" in said
    assert not list(tmp_path.glob("*.age"))
    assert not list(tmp_path.glob(".*.part"))


def test_a_killed_backup_leaves_nothing_that_looks_whole(cast, keys, tmp_path):
    running = run_backup(tmp_path, keys[0])
    deadline = time.monotonic() + 100
    while not list(tmp_path.glob(".*.part")):
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.005)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    assert not list(tmp_path.glob("*.age"))
    # What is left of it is in no later one's way, and does not take up room for good.
    (tmp_path / ".jiaqiao-20261101T020003Z.tar.age.part").touch()
    backup(tmp_path, keys[0])
    assert not list(tmp_path.glob(".*.part"))


def test_a_backup_to_the_name_of_a_killed_one_replaces_what_is_left_of_it(tmp_path):
    public, key = make_keys(tmp_path)
    path, left = tmp_path / "nightly.age", tmp_path / ".nightly.age.part"
    left.write_bytes(b"x" * 100_000)
    left.chmod(0o600)
    archive.write(path, [("one", b"1")], archive.recipients([public]))
    with archive.reading(path, archive.identities(key)) as members:
        assert list(members) == [("one", b"1")]
    assert path.stat().st_mode & 0o077 == 0
    assert not left.exists()


def test_of_two_backups_to_one_name_the_second_leaves_the_first_alone(tmp_path):
    public, key = make_keys(tmp_path)
    path, recipients = tmp_path / "nightly.age", archive.recipients([public])

    def members():
        yield "one", b"1"
        with pytest.raises(BackupTrouble, match="正在写"):
            archive.write(path, [("two", b"2")], recipients)
        archive.write(tmp_path / "other.age", [("two", b"2")], recipients)
        yield "three", b"3"

    archive.write(path, members(), recipients)
    with pytest.raises(BackupTrouble, match="已经有了"):
        archive.write(path, [("four", b"4")], recipients)
    with archive.reading(path, archive.identities(key)) as found:
        assert [name for name, _content in found] == ["one", "three"]
    assert not list(tmp_path.glob(".*.part"))


def test_a_dump_that_ends_early_is_no_backup(cast, keys, tmp_path):
    """A pg_dump that dies after half of it, in front of the real one."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("pg_restore", "psql"):
        (folder / name).symlink_to(postgres.program(name))
    half = folder / "pg_dump"
    half.write_text(f'#!/bin/sh\n{postgres.program("pg_dump")} "$@" | head -c 200000\nexit 1\n')
    half.chmod(0o755)
    running = run_backup(tmp_path, keys[0], env={"POSTGRES_PROGRAMS": str(folder)})
    _out, said = running.communicate(timeout=100)
    assert running.returncode == 1
    assert "ended early" in said
    assert not list(tmp_path.glob("*.age"))
    half.unlink()
    running = run_backup(tmp_path, keys[0], env={"POSTGRES_PROGRAMS": str(folder)})
    assert "pg_dump was not found" in running.communicate(timeout=100)[1]


def test_what_was_deleted_by_right_stays_deleted(cast, keys, tmp_path):
    """A request that waits in the backup was carried out, and listed, before the server was lost."""
    public, key = keys
    at, child = clock.now(), cast.students["haitao"]
    other = Student.objects.exclude(pk=child.pk)[0]
    asked = requests.ask(
        adult=cast.adults["other_mother"], student=child, kind=DataRequest.Kind.DELETION, words="",
        key="7e7b3f2a-93c8-4b54-8a5b-000000000001", at=at,
    )  # fmt: skip
    DataRequest.objects.filter(pk=asked.pk).update(state="cleared", checked_at=at)
    path = backup(tmp_path, public)
    assert erasing.erase(request=asked, by=cast.users["admin"], at=at)
    call_command("erasures", tmp_path, stdout=StringIO())
    assert child.name not in (tmp_path / "erasures.jsonl").read_text()
    with empty_database():
        restore(path, key)
        assert not Student.objects.filter(pk=child.pk).exists()
        assert Student.objects.filter(pk=other.pk).exists()
        assert DataRequest.objects.get(pk=asked.pk).state == "done"
        # The list grows on: a second restore finds them all.
        assert Erasure.objects.get().student_key == child.pk
        call_command("erasures", tmp_path, stdout=StringIO())
    assert len((tmp_path / "erasures.jsonl").read_text().splitlines()) == 1


def test_a_list_of_deletions_that_was_broken_off_is_carried_on(cast, keys, tmp_path):
    """A full disk or a kill cuts its last line. That line is written again, and the list can be read."""
    at = clock.now()
    Erasure.objects.bulk_create(Erasure(student_key=key, erased_at=at) for key in (71, 72, 73))
    call_command("erasures", tmp_path, stdout=StringIO())
    path = tmp_path / "erasures.jsonl"
    whole = path.read_text()
    for cut in (len(whole) - 1, len(whole) - 20, len(whole.splitlines()[0]) - 3):
        path.write_text(whole[:cut])
        call_command("erasures", tmp_path, stdout=StringIO())
        assert path.read_text() == whole


def run_erasures(folder: Path, **how) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "manage.py", "erasures", str(folder), "--language", "en"],
        env=environment_of_drain(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how,
    )  # fmt: skip


def test_a_full_disk_is_named_by_the_list_of_deletions(cast, tmp_path):
    """It stays as it was, and the next run completes it."""
    at, path = clock.now(), tmp_path / "erasures.jsonl"
    Erasure.objects.create(student_key=1, erased_at=at)
    call_command("erasures", tmp_path, stdout=StringIO())
    before = path.read_text()
    Erasure.objects.bulk_create(Erasure(student_key=key, erased_at=at) for key in range(2, 3000))
    running = run_erasures(tmp_path, preexec_fn=small_files_only)
    _out, said = running.communicate(timeout=100)
    assert running.returncode == 1
    assert "could not be written: File too large" in said
    assert "Traceback" not in said
    assert path.read_text() == before
    call_command("erasures", tmp_path, stdout=StringIO())
    assert len(dict(erasures.erased(path))) == 2999


def test_a_list_of_deletions_waits_for_another_run_to_end_its_line(cast, tmp_path):
    """Without waiting it would take a half-written line for one that was cut off."""
    at, path = clock.now(), tmp_path / "erasures.jsonl"
    Erasure.objects.bulk_create(Erasure(student_key=key, erased_at=at) for key in (81, 82))
    call_command("erasures", tmp_path, stdout=StringIO())
    whole = path.read_text()
    path.write_text(whole[:-20])
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        running = run_erasures(tmp_path)
        wait_until_it_waits_for_a_lock(running)
        assert path.read_text() == whole[:-20]
        file.write(whole[-20:])
    _out, said = running.communicate(timeout=100)
    assert running.returncode == 0, said
    assert path.read_text() == whole


def wait_until_it_waits_for_a_lock(running: subprocess.Popen) -> None:
    """Until the system lists it as waiting (`->`) for a lock on a file."""
    deadline = time.monotonic() + 100
    while not re.search(rf"->.* {running.pid} ", Path("/proc/locks").read_text()):
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.005)


def test_a_drill_tells_when_it_fails(cast, keys, tmp_path, settings):
    public, key = keys
    settings.ALERT_EMAILS = ["runs.the.server@example.org"]
    path = backup(tmp_path, public)
    said = StringIO()
    call_command("restore_drill", tmp_path, identity=key, stdout=said)
    assert str(path) in said.getvalue()
    assert mail.outbox == []
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(CommandError, match="损坏"):
        call_command("restore_drill", tmp_path, identity=key, stdout=said)
    [told] = mail.outbox
    assert told.to == settings.ALERT_EMAILS
    assert "损坏" in told.body
