from pathlib import Path

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeschool.backups import erasures
from homeschool.backups.restoring import Restored, go_on, restore
from homeschool.backups.trouble import BackupTrouble
from homeschool.management.typed import TypedCommand


class Command(TypedCommand):
    help = gettext_lazy(
        "Restores a backup into an empty database. Nothing goes to a family until its school says so."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help=_("the backup"))
        parser.add_argument("--identity", type=Path, help=_("the file with the private key of age"))
        parser.add_argument(
            "--erasures",
            type=Path,
            help=_("the list of files deleted by right; else the one beside the backup"),
        )
        parser.add_argument(
            "--go-on", action="store_true", help=_("finish a restore that was broken off")
        )

    def handle(self, *args, **options) -> None:
        file, identity = options["file"], options["identity"]
        try:
            if options["go_on"] and options["erasures"] is None:
                raise CommandError(_("Please give %(options)s.") % {"options": "--erasures"})
            if options["go_on"]:
                done = go_on(options["erasures"])
            elif file is None or identity is None:
                raise CommandError(_("Please give %(options)s.") % {"options": "FILE --identity"})
            else:
                done = restore(file, identity, self._erasures(options))
        except BackupTrouble as error:
            raise CommandError(str(error)) from error
        self._tell(done)

    def _erasures(self, options: dict) -> Path | None:
        beside = options["file"].parent / erasures.NAME
        if options["erasures"] is None and not beside.exists():
            words = _("There is no list of files deleted by right (%(name)s) beside the backup.")
            self.stderr.write(words % {"name": erasures.NAME})
            return None
        return options["erasures"] or beside

    def _tell(self, done: Restored) -> None:
        values = {
            "taken": f"{timezone.localtime(done.taken_at):%Y-%m-%d %H:%M}",
            "loaded": f"{timezone.localtime(done.loaded_at):%Y-%m-%d %H:%M}",
            "erased": done.erased,
            "arrived": done.waited["accepted"],
            "go": done.waited["due"] + done.waited["retry"],
            "unknown": done.waited["unknown"] + done.set_aside,
        }
        lines = (
            _("Restored: what was here on %(taken)s. What happened until %(loaded)s is missing."),
            _("Files deleted by right since then and deleted again: %(erased)d."),
            _("Messages that the provider reports as sent: %(arrived)d; still to be sent: %(go)d."),
            _("Messages for which it is not known whether they were sent: %(unknown)d."),
            _(
                "No family receives anything yet. At each school: Check-ins → Sending status → "
                "Send again, once blocks, closed files and new numbers of that time are entered "
                "again."
            ),
            _("Then compare the logs: manage.py verify_access_log"),
        )
        for line in lines:
            self.stdout.write(line % values)
