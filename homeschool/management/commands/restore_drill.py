from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.management.base import CommandError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeschool.backups.drill import drill, newest
from homeschool.backups.trouble import BackupTrouble
from homeschool.management.typed import TypedCommand


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
            _tell(str(error))
            raise CommandError(str(error)) from error
        words = _("%(file)s was restored and is whole: %(n)d tables as they were saved.")
        self.stdout.write(words % {"file": path, "n": tables})


def _tell(reason: str) -> None:
    """Mail whoever runs the installation: a drill runs at night."""
    if not settings.ALERT_EMAILS:
        return
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Jiaqiao: the newest backup could not be restored")
        advice = _("Until this works there may be no backup. Make one now: manage.py backup")
    EmailMessage(
        subject,
        f"{reason}\n\n{advice}",
        to=settings.ALERT_EMAILS,
        headers={"Auto-Submitted": "auto-generated"},
    ).send()
