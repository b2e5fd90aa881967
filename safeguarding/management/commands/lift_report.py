"""Reopen a file that a report closed, if nobody at the school can do so.

If the principal and every counsellor are suspected themselves, the bureau decides, and the operator of the
server carries it out here, with a name and a reason.
"""

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from core import clock
from safeguarding.models import Suspect
from safeguarding.reports import actions
from safeguarding.reports.policies import may_lift_at_bureau, who_may_lift
from schools.policies import today_in


class Command(BaseCommand):
    help = (
        "Without arguments: what reports closed and nobody at the school can lift. With a number of that "
        "list: lifts it. It stands in the report with the name and the reason given."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("suspect", type=int, nargs="?", help="number from the list")
        parser.add_argument("--by", help="user name of the county officer who decided it")
        parser.add_argument("--reason", default="", help="why, with the number of the decision")

    def handle(self, *args, **options) -> None:
        at = clock.now()
        rows = Suspect.objects.filter(lifted_at=None, somebody="").order_by("pk")
        stuck = {
            one.pk: one
            for one in rows.select_related("adult", "user", "report__school", "report__student")
            if not who_may_lift(one.report, today_in(one.report.school, at)).exists()
        }
        if options["suspect"] is None:
            for one in stuck.values():
                self.stdout.write(
                    f"{one.pk}  {one.report.school}  report of {one.report.at:%Y-%m-%d}"
                )
            self.stdout.write(f"{len(stuck)} that nobody at the school can lift.")
            return
        if options["suspect"] not in stuck:
            raise CommandError(
                "Not in the list: somebody at the school decides, on the report's page."
            )
        self._lift(stuck[options["suspect"]], options, at)

    def _lift(self, one: Suspect, options, at) -> None:
        by = User.objects.filter(username=options["by"], is_active=True).first()
        if by is None:
            raise CommandError("--by names nobody with an active account.")
        if not may_lift_at_bureau(by, one.report, today_in(one.report.school, at)):
            raise CommandError(
                "--by is no officer of this county's bureau, or is kept from this child."
            )
        try:
            actions.lift(suspect=one, by=by, reason=options["reason"], at=at)
        except actions.ReasonNeeded as error:
            raise CommandError("--reason is needed: it stands in the report.") from error
        except actions.OneSelf as error:
            raise CommandError("--by is the suspected person.") from error
        self.stdout.write("Lifted, and noted in the report.")
