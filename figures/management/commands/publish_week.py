from datetime import date, timedelta

from django.core.management.base import BaseCommand, CommandError

from core import clock
from figures import publishing
from schools.models import County


class Command(BaseCommand):
    help = "Publishes the last week of each county by hand, earlier ones that are missing, or a correction."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--weeks", type=int, default=1, help="how many weeks back, if missing")
        parser.add_argument("--correct", type=date.fromisoformat, help="the Sunday of a week")
        parser.add_argument("--county", help="the name of one county")
        parser.add_argument("--why", default="", help="shown beside the corrected figures")

    def handle(self, *args, **options) -> None:
        at, counties = clock.now(), County.objects.order_by("pk")
        if options["county"]:
            counties = counties.filter(name=options["county"])
        if not counties:
            raise CommandError("There is no such county.")
        if options["correct"]:
            return self._correct(counties, at, options)
        last = publishing.last_due(at)
        for number in reversed(range(options["weeks"])):
            ends_on = last - timedelta(weeks=number)
            for county in counties:
                if publishing.publish_week(county, ends_on, at):
                    self.stdout.write(f"{county} {ends_on}")
        return None

    def _correct(self, counties, at, options) -> None:
        if not options["why"]:
            raise CommandError("Say --why: the reason stands beside the corrected figures.")
        for county in counties:
            try:
                publishing.correct_week(county, options["correct"], at, options["why"])
            except publishing.NotOver:
                raise CommandError("Name the Sunday of a week that is over.") from None
            except publishing.NotPublished:
                raise CommandError(f"{county}: that week was never published.") from None
