"""Restores a backup into an empty database, so that nothing is sent twice.

First the whole archive is read and compared with its own manifest. Then it is loaded, and in the same
transaction everything that was waiting is put out of every worker's reach (delivery.dispatch.restored). The
steps after that may be interrupted and continued: until they are finished, nothing is sent to a family.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from django.utils.translation import gettext as _

from core import clock
from delivery.dispatch import restored
from delivery.models import Restore
from doors.staff.erasing import erase_again
from homeschool import schema
from homeschool.backups import archive, contents, postgres
from homeschool.backups.archive import MANIFEST
from homeschool.backups.contents import Execute
from homeschool.backups.erasures import erased
from homeschool.backups.taking import FORMAT
from homeschool.backups.trouble import BackupTrouble

# Sessions end, because somebody may have signed out or lost the phone since the dump. A key of a lost row is
# never used again: a link that was sent then must not open something that belongs to a new family.
AS_A_NEW_SERVER = """
SET search_path = public;
DELETE FROM django_session;
SELECT setval(format('%I.%I', schemaname, sequencename), coalesce(last_value, 0) + 1000000)
FROM pg_sequences WHERE schemaname = 'public' AND data_type = 'bigint'::regtype;
"""
# Tasks of beat that send, delete, ask other servers, or watch over something unrelated. All others queue,
# open or record what has become due, and are run to catch up.
NOT_CAUGHT_UP = {
    "accounts.forget_attempts",
    "api.tell_systems",
    "delivery.archive_outbox",
    "delivery.drain_alerts",
    "delivery.drain_outbox",
    "delivery.fetch_media",
    "delivery.gather_receipts",
    "delivery.hang_up",
    "delivery.match_wecom_families",
    "delivery.rescue_stale_claims",
    # the choice of who is kept back is lost since the dump; the task waits for a while by itself
    "doors.let_go",
    "figures.publish",
    "figures.share",
    "homeschool.anchor_logs",
    "homeschool.check_class_weeks",
    "homeschool.verify_logs",
    "learning.keep_sounds",
    "learning.keep_speech",
    "notices.translate",
    "rosters.resume_imports",
    "threads.make_machine_texts",
}


@dataclass(frozen=True)
class Restored:
    taken_at: datetime
    loaded_at: datetime
    erased: int  # files deleted by right since the dump, deleted again
    waited: Counter  # what was waiting at the dump, by its state now
    set_aside: int  # what became due since, for people to settle


def restore(path: Path, identity: Path, erasures: Path | None) -> Restored:
    """Restore into the empty database of the settings."""
    keys = archive.identities(identity)
    _deletions(erasures)
    if not schema.is_empty(connection):
        words = _(
            "The database %(name)s is not empty. A backup is restored into an empty one only."
        )
        raise BackupTrouble(words % {"name": connection.settings_dict["NAME"]})
    manifest = read(path, keys)
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if not known.issuperset(manifest["migrations"]):
        words = _("A newer version (%(version)s) made this backup. Install that one first.")
        raise BackupTrouble(words % {"version": manifest["version"]})
    taken_at, loaded_at = datetime.fromisoformat(manifest["taken_at"]), clock.now()

    def then(execute: Execute) -> None:
        contents.compare(manifest["tables"], execute)
        execute(AS_A_NEW_SERVER + restored.freezing(taken_at=taken_at, loaded_at=loaded_at))

    with archive.reading(path, keys) as members, _files_beside() as put:
        pieces = _loading(members, manifest["database"]["sha256"], put)
        postgres.load(pieces, then=then)
    return go_on(erasures)


def go_on(erasures: Path | None) -> Restored:
    """Finish a restore that has been loaded. It may be interrupted and called again."""
    deletions = _deletions(erasures)
    table = Restore._meta.db_table
    # Before anything is migrated: this database may be another one.
    if table not in connection.introspection.table_names() or not restored.unfinished().exists():
        raise BackupTrouble(_("No restore is waiting to be finished here."))
    call_command("migrate", interactive=False, verbosity=0)
    restore = restored.unfinished().earliest("pk")
    at = clock.now()
    again = sum(erase_again(student_key=key, at=erased_at) for key, erased_at in deletions)
    waited = restored.settle_frozen(restore, at)
    return Restored(restore.taken_at, restore.loaded_at, again, waited, _catch_up(restore, at))


def _deletions(path: Path | None) -> list[tuple[int, datetime]]:
    return list(erased(path)) if path else []


def read(path: Path, keys: Sequence[Any]) -> dict[str, Any]:
    """Read the whole archive and return its manifest, once everything has been verified."""
    digest, files, manifest = hashlib.sha256(), {}, b""
    with archive.reading(path, keys) as members:
        for name, content in members:
            folder, _slash, rest = name.partition("/")
            if folder == "database":
                digest.update(content)
            elif folder == "media":
                files[rest] = hashlib.sha256(content).hexdigest()
            elif name == MANIFEST:
                manifest = content
    damaged = BackupTrouble(_("The backup is damaged, or not all of it is here."))
    if not manifest:
        raise damaged
    told = json.loads(manifest)
    if told["format"] != FORMAT:
        raise BackupTrouble(
            _("Another version of Jiaqiao made this backup: restore it by that one.")
        )
    if told["database"]["sha256"] != digest.hexdigest() or told["media"] != files:
        raise damaged
    return told


def _loading(
    members: Iterator[tuple[str, bytes]], expected: str, put: Callable[[str, bytes], None]
) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for name, content in members:
        folder, _slash, rest = name.partition("/")
        if folder == "database":
            digest.update(content)
            yield content
        elif folder == "media":
            put(rest, content)
    if digest.hexdigest() != expected:
        raise BackupTrouble(_("The backup is damaged, or not all of it is here."))


@contextmanager
def _files_beside() -> Iterator[Callable[[str, bytes], None]]:
    """Give a function that writes a file beside the database. If the block fails, none of them stays."""
    written: list[Path] = []

    def put(name: str, content: bytes) -> None:
        inside = PurePosixPath(name)
        if inside.is_absolute() or ".." in inside.parts:
            raise BackupTrouble(_("The backup is damaged, or not all of it is here."))
        path = Path(settings.MEDIA_ROOT) / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        # An existing file is newer, as the logs' anchors may reach beyond the backup.
        if not path.exists():
            written.append(path)
            path.write_bytes(content)

    try:
        yield put
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def _catch_up(restore: Restore, at: datetime) -> int:
    """Let every package do what has become due since the dump, and set aside what it queues.

    First up to the end of yesterday: all of that is set aside, because it may have been sent. Then from the
    first moment of today: what is due before the restore is set aside, and what is due later was due later
    then, too. At the end, all of what became due in the course of today is set aside, because it may have
    been sent. Alerts to staff are never set aside.
    """
    midnight = timezone.localtime(restore.loaded_at).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    today = max(midnight, restore.taken_at)
    tasks = sorted({one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values()} - NOT_CAUGHT_UP)
    current_app.loader.import_default_modules()
    with restored.catching_up(restore, at) as work:

        def run(instant: datetime) -> None:
            work.clock_at(instant)
            for name in tasks:
                current_app.tasks[name]()

        run(today - timedelta(seconds=1))
        count = work.set_aside(at)
        run(today)
        count += work.set_aside(at, but_due_after=restore.loaded_at)
        run(restore.loaded_at)
        return count + work.set_aside(at)
