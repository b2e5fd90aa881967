import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.checks import Tags, run_checks
from django.core.management.base import CommandError
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from homeschool import upgrading, walls
from homeschool.backups import postgres
from homeschool.backups.drill import newest
from homeschool.backups.taking import version
from homeschool.backups.trouble import BackupTrouble
from homeschool.management.typed import TypedCommand
from homeschool.upgrading import BIG_ROWS, Does

BACKUP_HOURS = 24  # a backup before an upgrade must not be older
STOP, LOOK, FINE = "✗", "!", "✓"
Line = tuple[str, str]  # mark and text


class Command(TypedCommand):
    help = gettext_lazy(
        "Says what this version will do to the database before it does it. Changes nothing."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("folder", type=Path, help=_("the folder of the backups"))

    def handle(self, *args, **options) -> None:
        lines = [*versions(), *migrations(), *policies(), *backup(options["folder"])]
        lines += configuration()
        for mark, words in lines:
            self.stdout.write(f"{mark} {words}")
        if any(mark == STOP for mark, _words in lines):
            raise CommandError(_("Not yet: see the lines marked ✗."))
        self.stdout.write(_("Ready. The next step is: manage.py migrate"))


def versions() -> Iterator[Line]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        server = cursor.fetchone()[0]
    values = {"version": version(), "server": server}
    yield FINE, _("This is Jiaqiao %(version)s on PostgreSQL %(server)s.") % values
    if newer := upgrading.unknown_to_us(connection):
        words = _("The database was written by a newer version (%(migration)s): do not go back.")
        yield STOP, words % {"migration": newer[0]}
    try:
        told = subprocess.check_output([postgres.program("pg_dump"), "--version"], text=True)
    except BackupTrouble as error:
        yield STOP, str(error)
        return
    client = int(re.findall(r"\d+", told)[0])
    if client < server:
        words = _("pg_dump is of version %(client)s: it makes no backup of PostgreSQL %(server)s.")
        yield STOP, words % {"client": client, "server": server}


def migrations() -> Iterator[Line]:
    waiting, before = upgrading.pending(connection)
    if not waiting:
        yield FINE, _("The database is up to date: there is nothing to migrate.")
        return
    words = ngettext(
        "%(n)d migration step is pending.", "%(n)d migration steps are pending.", len(waiting)
    )
    yield FINE, words % {"n": len(waiting)}
    steps = upgrading.steps(waiting, before)
    yield from _long_ones(steps)
    stops = sorted({step.migration for step in steps if not step.old_may_run})
    if stops:
        words = _(
            "The running version cannot continue beside these: %(migrations)s. Stop web, sender, "
            "worker and beat before you migrate."
        )
        yield LOOK, words % {"migrations": ", ".join(stops)}
    else:
        yield FINE, _("The running version may continue until the new one has started.")


def _long_ones(steps: list[upgrading.Step]) -> Iterator[Line]:
    rows = upgrading.rows_of(connection, {step.table for step in steps})
    does = {
        Does.REWRITES: _("rewrites every row; nobody can read or write it in the meantime"),
        Does.READS: _("reads every row; nobody can write it in the meantime"),
    }
    long = defaultdict(set)
    for step in steps:
        if step.does in does and rows.get(step.table, 0) >= BIG_ROWS:
            long[step.table, step.does].add(step.migration)
    for (table, what), names in sorted(long.items()):
        words = _("%(table)s, about %(rows)d rows: %(migrations)s %(does)s.")
        yield (
            LOOK,
            words
            % {
                "table": table,
                "rows": rows[table],
                "migrations": ", ".join(sorted(names)),
                "does": does[what],
            },
        )
    if not long:
        words = _("No step reads or writes all of a table of %(rows)d rows or more.")
        yield FINE, words % {"rows": BIG_ROWS}


def policies() -> Iterator[Line]:
    """Yield the state of the row policies: a `migrate` that was killed midway may have left tables without
    one.
    """
    tables = sorted({table for table, _change in walls.to_change(connection)})
    if tables:
        words = _(
            "%(n)d tables do not have the row policy that this version asks for; manage.py migrate makes it:"
            " %(tables)s."
        )
        yield LOOK, words % {"n": len(tables), "tables": ", ".join(tables)}
    else:
        yield FINE, _("Each table has its row policy.")


def backup(folder: Path) -> Iterator[Line]:
    try:
        path = newest(folder)
    except BackupTrouble as error:
        yield STOP, f"{error} {_('Make one first: manage.py backup')}"
        return
    age = datetime.now(UTC) - datetime.fromtimestamp(path.stat().st_mtime, UTC)
    hours = int(age.total_seconds() // 3600)
    words = _("The newest backup is %(file)s, %(hours)d hours old.") % {
        "file": path,
        "hours": hours,
    }
    if hours >= BACKUP_HOURS:
        yield STOP, f"{words} {_('Make one first: manage.py backup')}"
    else:
        yield FINE, words
    free = shutil.disk_usage(folder).free
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        size = cursor.fetchone()[0]
    values = {"size": size // 2**20, "free": free // 2**20, "folder": folder}
    words = _("The database has %(size)d MB; %(free)d MB are free in %(folder)s.")
    yield (FINE if free > size else STOP), words % values


def configuration() -> Iterator[Line]:
    missing = [name for name in ("BACKUP_KEYS", "ALERT_EMAILS") if not getattr(settings, name)]
    if missing:
        yield LOOK, _("These settings are empty: %(names)s.") % {"names": ", ".join(missing)}
    for found in run_checks(tags=[Tags.security], include_deployment_checks=True):
        yield (STOP if found.is_serious() else LOOK), f"{found.id}: {found.msg}"
