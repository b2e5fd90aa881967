from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeschool.backups.drill import drill, newest
from homeschool.backups.trouble import BackupTrouble
from homeschool.management.typed import TypedCommand
from homeschool.operators import mail_operators


class Command(TypedCommand):
    help = gettext_lazy(
        "Restores the newest backup of a folder into a database made for it, counts and drops it."
    )
    needed = ("identity",)

    def add_arguments(self, parser) -> None:
        parser.add_argument("folder", type=Path, help=_("the folder of the backups"))
        parser.add_argument("--identity", type=Path, help=_("the file with the private key of age"))

    def handle(self, *args, **options) -> None:
        try:
            path = newest(options["folder"])
            tables = drill(path, options["identity"])
        except BackupTrouble as error:
            with translation.override(
                settings.LANGUAGE_CODE
            ):  # read as mail: a drill runs at night
                subject = _("Jiaqiao: the newest backup could not be restored")
                advice = _(
                    "Until this works there may be no backup. Make one now: manage.py backup"
                )
            mail_operators(subject, f"{error}\n\n{advice}")
            raise CommandError(str(error)) from error
        words = _("%(file)s was restored and is whole: %(n)d tables as they were saved.")
        self.stdout.write(words % {"file": path, "n": tables})
