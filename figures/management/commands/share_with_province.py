from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from core import window
from figures.models import SharedCounty
from figures.province import opening, replication
from figures.province.sharing import share
from schools.models import County


class Command(BaseCommand):
    help = (
        "Lets the province follow what a county has published, through the county's window"
        " (DATABASE_WINDOW_URL, migrated as any database). Prints the address for the hub, once."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--county", required=True, help="古浪县")
        parser.add_argument("--code", required=True, help="its six digits, GB/T 2260: 620622")
        parser.add_argument("--was", default="", help="its former name, where it was renamed")
        parser.add_argument(
            "--new-address",
            action="store_true",
            help="where the first one was lost: the hub's --end, then --from with this one",
        )

    def handle(self, *args, **options) -> None:
        if not window.is_there():
            raise CommandError("Set DATABASE_WINDOW_URL first (docs/operations.md).")
        county = County.objects.filter(name=options["county"]).first()
        if county is None:
            raise CommandError("There is no county of this name.")
        try:
            SharedCounty(code=options["code"], name=county.name).full_clean(validate_unique=False)
            address = opening.open_window(
                options["code"],
                county.name,
                was=options["was"],
                new_address=options["new_address"],
            )
        except ValidationError as error:
            raise CommandError("A county's code has six digits.") from error
        except replication.Unfit as error:
            raise CommandError(str(error)) from error
        # Print it before anything else can fail, because it is stored nowhere.
        if address:
            self.stdout.write("For the hub (receive_county), shown this once:")
            self.stdout.write(address)
            self.stdout.flush()
        self.stdout.write(
            f"{share()} weeks brought to the window; each new one follows within an hour."
        )
