from django.core.management.base import BaseCommand
from django.utils import timezone

from demo import wider
from demo.county import RealChildrenError


class Command(BaseCommand):
    help = "Adds to a loaded demo the rest of its county: twelve schools with the terms before."

    def handle(self, *args, **options) -> None:
        try:
            is_demo = wider.settle(timezone.localtime(), self._progress)
        except RealChildrenError:
            is_demo = False
        if not is_demo:
            self.stdout.write("Nothing to complete: no demo, or real children beside it.")

    def _progress(self, done: int, steps: int) -> None:
        self.stdout.write(f"{done}/{steps}")
        self.stdout.flush()
