"""Commands that somebody types once, with the school in mind and no programmer at hand."""

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError


class TypedCommand(BaseCommand):
    """Answers within seconds and says what to do where no database is there."""

    # They import every page of the project and take twice as long as the work; ./test runs them.
    requires_system_checks = []

    def execute(self, *args, **options):
        try:
            return super().execute(*args, **options)
        except OperationalError as error:
            raise CommandError(
                "No running copy of Jiaqiao was found here. Start it first (./start --no-demo), or name its"
                " data folder: JIAQIAO_DATA=… or its database: DATABASE_URL=…"
            ) from error
        except ProgrammingError as error:
            raise CommandError(
                "This database has no tables of ours yet: start the application once, then try again."
            ) from error
