from pathlib import Path

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeschool.backups import erasures
from homeschool.backups.trouble import BackupTrouble
from homeschool.management.typed import TypedCommand


class Command(TypedCommand):
    help = gettext_lazy(
        "Adds to the list of files deleted by right, which a restore deletes again. It names no person."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("folder", type=Path, help=_("the folder of the backups"))

    def handle(self, *args, **options) -> None:
        try:
            path, fresh = erasures.export(options["folder"])
        except BackupTrouble as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_("%(file)s: %(n)d new.") % {"file": path, "n": fresh})
