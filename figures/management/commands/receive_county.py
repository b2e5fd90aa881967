import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils import timezone

from figures.province import replication


class Command(BaseCommand):
    help = "On a province's hub: follows a county's window, or says which windows it follows."

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--code", help="of the county, six digits; without it: what is followed"
        )
        parser.add_argument(
            "--from",
            dest="source",
            help="a file with the address that share_with_province printed; -: typed",
        )
        parser.add_argument("--name", help="its new name, where it was renamed")
        parser.add_argument("--end", action="store_true", help="follow it no more; what came goes")
        parser.add_argument(
            "--window-is-gone",
            action="store_true",
            help="with --end: its server will never answer again",
        )

    def handle(self, *args, **options) -> None:
        if not settings.PROVINCE_HUB:
            raise CommandError("This server is no hub: PROVINCE_HUB=1 (docs/operations.md).")
        if not options["code"]:
            self._tell()
            return
        if sum(map(bool, (options["source"], options["name"], options["end"]))) != 1:
            raise CommandError("Say either --from, --name or --end.")
        try:
            if options["name"]:
                replication.rename(options["code"], options["name"])
            elif options["end"]:
                replication.end(options["code"], without_window=options["window_is_gone"])
            else:
                # From a file or standard input: others on the machine could read an argument.
                source = options["source"]
                address = sys.stdin.readline() if source == "-" else Path(source).read_text()
                replication.receive(options["code"], address.strip())
        except (replication.Unfit, Error) as error:
            raise CommandError(str(error).strip()) from error

    def _tell(self) -> None:
        for one in replication.received():
            told = (
                timezone.localtime(one.told_at).isoformat(" ", "minutes")
                if one.told_at
                else "never"
            )
            self.stdout.write(
                f"{one.code} {one.name}: until {one.until or 'nothing yet'}, window heard {told}"
            )
