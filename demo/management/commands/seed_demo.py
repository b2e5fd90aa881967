import sys
import time

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from demo import colleague, neighbour, published, set_up
from demo.county import RealChildrenError, seed
from schools.models import School

BAR = 30


class Command(BaseCommand):
    help = "Fills an empty database with made-up schools, families and weeks of check-ins."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--schools", type=int, default=1)
        parser.add_argument("--students", type=int, default=583, help="children in all schools")
        parser.add_argument("--weeks", type=int, default=13, help="weeks of history")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args, **options) -> None:
        if options["schools"] < 1 or options["students"] < options["schools"]:
            raise CommandError("Give at least one school, and one child for each.")
        if not 1 <= options["weeks"] <= 520:
            raise CommandError("Give between 1 and 520 weeks.")
        if School.objects.filter(is_demo=True).exists():
            raise CommandError("A demo is already loaded. Use an empty database for another one.")
        began = time.monotonic()
        self._total = options["students"]
        try:
            at = timezone.localtime()
            seed(
                schools=options["schools"],
                students=options["students"],
                weeks=options["weeks"],
                seed=options["seed"],
                at=at,
                progress=self._progress,
            )
            neighbour.settle(at)
            colleague.settle(at)
            published.settle(at)
            set_up.settle(at)
        except RealChildrenError:
            raise CommandError(
                "This database holds children of a real school: the demo was not loaded."
            ) from None
        seconds = time.monotonic() - began
        self.stdout.write(f"\n{options['students']} children in {seconds:.0f} s.")

    def _progress(self, done: int) -> None:
        if not sys.stderr.isatty():
            return
        filled = BAR * done // self._total
        bar = "█" * filled + "·" * (BAR - filled)
        self.stderr.write(f"\r{bar} {done}/{self._total}", ending="")
