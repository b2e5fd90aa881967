from django.core.management.base import BaseCommand, CommandError

from accounts import anchors
from accounts.chain import NoAuditKey
from accounts.verifying import ends
from core import clock
from homeschool.verifying import look


class Command(BaseCommand):
    help = (
        "Checks the sealed logs (who read which child's file, what happened to credentials, who keeps a "
        "case, reports of suspected harm) against their seals and the ends kept at ANCHOR_URL, then posts, "
        "cases, notes, files and reports against them. The worker does the same once a day and mails "
        "ALERT_EMAILS where something does not fit."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--after-restore",
            action="store_true",
            help="a backup was restored: keeps the ends as they are now beside the earlier ones",
        )

    def handle(self, *args, **options) -> None:
        try:
            if options["after_restore"]:
                anchors.keep(anchors.Anchor(clock.now(), ends()))
            seen = look()
        except NoAuditKey as error:
            raise CommandError("AUDIT_KEYS is not set: nothing was checked.") from error
        except anchors.AnchorTrouble as error:
            raise CommandError(f"ANCHOR_URL: {error}. Nothing was checked.") from error
        if seen.broken:
            raise CommandError("\n".join(seen.broken))
        kept = seen.anchored_at.isoformat(" ", "minutes") if seen.anchored_at else "never"
        self.stdout.write(f"Whole: {seen.rows} rows of {seen.chains} logs; ends last kept {kept}.")
