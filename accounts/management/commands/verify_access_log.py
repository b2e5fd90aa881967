from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.verifying import ANCHORS, look


class Command(BaseCommand):
    help = (
        "Checks the log of who read which child's file: no row changed, taken out or cut off. Keeps the "
        "ends that it saw in a file outside the database; copy that file elsewhere. The worker does the "
        "same once a day and mails ALERT_EMAILS where something does not fit."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--anchors", type=Path, default=ANCHORS, help=f"default {ANCHORS}")

    def handle(self, *args, **options) -> None:
        path: Path = options["anchors"]
        seen = look(path)
        if seen.broken:
            raise CommandError("\n".join(seen.broken))
        self.stdout.write(
            f"Whole: {seen.rows} rows of {seen.schools} schools; ends kept in {path}."
        )
        if seen.older:
            self.stdout.write(
                f"{seen.older} rows are older than the chain: nothing vouches for them."
            )
