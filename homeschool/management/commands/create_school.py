from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from homeschool.management.typed import TypedCommand
from schools.appointing import actions as appointing
from schools.founding.actions import CodeTaken, NameTaken, found_school
from schools.models import County, School
from schools.passwords.actions import make_slip
from schools.roles import Role


class Command(TypedCommand):
    help = gettext_lazy(
        "Makes a school with its year and its administrator, and prints the invitation."
    )
    needed = ("county", "name", "code", "admin", "login")

    def add_arguments(self, parser) -> None:
        parser.add_argument("--county", help="古浪县")
        parser.add_argument("--name", help="黄羊川中心小学")
        parser.add_argument("--code", help=_("the school's code at the education bureau"))
        parser.add_argument("--phone", default="", help=_("duty phone, shown to families"))
        parser.add_argument("--admin", help=_("the administrator's name, 周玲"))
        parser.add_argument("--login", help=_("the administrator's phone or staff number"))

    @transaction.atomic
    def handle(self, *args, **options) -> None:
        school = self._school(options)
        try:
            admin = self._admin(school, options)
        except appointing.SignInTaken as taken:
            raise CommandError(_("Somebody signs in with this number already.")) from taken
        self.stdout.write(_("Open this address within three days and choose a password:"))
        self.stdout.write(make_slip(user=admin, place=school, by=None))

    def _school(self, options: dict) -> School:
        county, _is_new = County.objects.get_or_create(name=options["county"])
        try:
            return found_school(
                county=county,
                name=options["name"],
                code=options["code"],
                phone=options["phone"],
                on=timezone.localdate(),
            )
        except CodeTaken as taken:
            raise CommandError(_("There is already a school with this code.")) from taken
        except NameTaken as taken:
            raise CommandError(_("The county has a school of this name already.")) from taken

    def _admin(self, school: School, options: dict) -> User:
        admin = appointing.make_account(
            username=options["login"], name=options["admin"], by=None, school_id=school.pk
        )
        appointing.give_post(
            user=admin,
            role=Role.SCHOOL_ADMIN,
            starts_on=timezone.localdate(),
            today=timezone.localdate(),
            by=None,
            school=school,
        )
        return admin
