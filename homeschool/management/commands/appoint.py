from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeschool.management.typed import TypedCommand
from schools.appointing import actions
from schools.models import County, School
from schools.passwords.actions import make_slip
from schools.roles import Role


class Command(TypedCommand):
    help = gettext_lazy(
        "Makes a school's first principal or a county's administrator: the second person whom an "
        "administrator of a school cannot appoint alone; or, with --officer, an officer of the county. "
        "Prints the invitation."
    )
    needed = ("name", "login")

    def add_arguments(self, parser) -> None:
        parser.add_argument("--school", help=_("a school's code, for its principal"))
        parser.add_argument("--county", help=_("古浪县, for the county's administrator"))
        parser.add_argument(
            "--officer",
            action="store_true",
            help=_(
                "with --county: its first and second officer, who name all others in the browser"
            ),
        )
        parser.add_argument("--name", help="马建国")
        parser.add_argument("--login", help=_("phone or staff number"))

    @transaction.atomic
    def handle(self, *args, **options) -> None:
        if bool(options["school"]) == bool(options["county"]):
            raise CommandError(_("Say either --school or --county."))
        if options["officer"] and not options["county"]:
            raise CommandError(_("Say which county with --county."))
        place, role = self._place(options)
        try:
            user = actions.make_account(username=options["login"], name=options["name"], by=None)
        except actions.SignInTaken as taken:
            raise CommandError(_("Somebody signs in with this number already.")) from taken
        at_place: dict[str, Any] = {"school" if isinstance(place, School) else "county": place}
        today = timezone.localdate()
        actions.give_post(user=user, role=role, starts_on=today, today=today, by=None, **at_place)
        self.stdout.write(_("Open this address within three days and choose a password:"))
        self.stdout.write(make_slip(user=user, place=place, by=None))

    def _place(self, options: dict) -> tuple[School | County, str]:
        if options["school"]:
            school = School.objects.filter(code=options["school"]).first()
            if school is None:
                raise CommandError(_("There is no school with this code."))
            return school, Role.PRINCIPAL
        if options["officer"]:
            # An officer founds the county's schools, so there need not be one yet.
            return County.objects.get_or_create(name=options["county"])[0], Role.COUNTY_OFFICER
        county = County.objects.filter(name=options["county"]).first()
        if county is None:
            raise CommandError(_("There is no county of this name: create_school makes it."))
        return county, Role.COUNTY_ADMIN
