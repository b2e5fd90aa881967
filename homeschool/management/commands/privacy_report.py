from pathlib import Path

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from doors.staff.filing import report
from homeschool.management.typed import TypedCommand
from schools.models import School
from schools.policies import today_in


class Command(TypedCommand):
    help = gettext_lazy(
        "Prepares the yearly audit of children's data and the assessment of impact: counts, no child's name."
    )
    needed = ("school", "to")

    def add_arguments(self, parser) -> None:
        parser.add_argument("--school", help=_("the school's code at the education bureau"))
        parser.add_argument(
            "--year", type=int, help=_("the year that is reported; else the last one")
        )
        parser.add_argument("--to", type=Path, help=_("the file to write, .xlsx"))

    def handle(self, *args, **options) -> None:
        school = School.objects.filter(code=options["school"]).first()
        if school is None:
            raise CommandError(_("No school with this code is here."))
        on = today_in(school, clock.now())
        year = options["year"] or on.year - 1
        try:
            options["to"].write_bytes(report.workbook(report.sheets(school, year, on)))
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(options["to"]))
