"""Load the lessons of the packs that come with the product, or say by file and line what is wrong."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import clock
from learning import actions


class Command(BaseCommand):
    help = "Loads lessons for families that are new in learning/packs/. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        new, faults = actions.load_shipped(at=clock.now())
        self.stdout.write(f"{new} new")
        if faults:
            raise CommandError("\n".join(faults))
