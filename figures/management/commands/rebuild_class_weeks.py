from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core import clock
from core.weeks import last_sunday
from figures.class_weeks.keeping import keep
from schools.models import School


class Command(BaseCommand):
    help = "Counts the last weeks of each school again and keeps them; what was frozen leaves a correction."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--weeks", type=int, default=12, help="how many weeks back")
        parser.add_argument("--school", help="the code of one school")

    def handle(self, *args, **options) -> None:
        at, schools = clock.now(), School.objects.order_by("pk")
        if options["school"]:
            schools = schools.filter(code=options["school"])
        if not schools:
            raise CommandError("There is no such school.")
        last, total = last_sunday(timezone.localdate(at)), schools.count()
        for number, school in enumerate(schools, start=1):
            for back in reversed(range(options["weeks"])):
                keep(school, last - timedelta(weeks=back), at)
            self.stdout.write(f"{number} of {total}: {school}")
