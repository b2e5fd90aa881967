from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeschool.backups import archive, erasures
from homeschool.backups.taking import missing_files, take
from homeschool.backups.trouble import BackupTrouble
from homeschool.management.typed import TypedCommand


class Command(TypedCommand):
    help = gettext_lazy(
        "Saves the database and the files beside it, encrypted to BACKUP_KEYS. Keys of .env are not in it."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("target", type=Path, help=_("a folder, or a file that ends in .age"))
        parser.add_argument("--to", action="append", help=_("a public key of age, age1…"))

    def handle(self, *args, **options) -> None:
        try:
            path, manifest = take(options["target"], options["to"] or settings.BACKUP_KEYS)
            erasures.export(path.parent)
            digest = archive.sha256(path)
        except BackupTrouble as error:
            raise CommandError(str(error)) from error
        values = {
            "file": path,
            "rows": sum(table["rows"] for table in manifest["tables"].values()),
            "tables": len(manifest["tables"]),
            "megabytes": round(path.stat().st_size / 1e6, 1),
            "digest": digest,
        }
        words = _(
            "%(file)s: %(rows)d rows of %(tables)d tables, %(megabytes)s MB, read by pg_restore before it was"
            " encrypted, read again from the disk since. SHA-256 %(digest)s"
        )
        self.stdout.write(words % values)
        if not Path(settings.MEDIA_ROOT).is_dir():
            words = _(
                "There is no folder %(folder)s, so the backup has the database alone. That is right on a new"
                " server, or if ANCHOR_URL is another server."
            )
            self.stderr.write(words % {"folder": settings.MEDIA_ROOT})
        if missing := missing_files(manifest):
            raise CommandError(missing)
