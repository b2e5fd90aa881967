"""Commands that somebody types once, about a school, with no programmer at hand."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError
from django.utils import translation
from django.utils.translation import gettext as _


class TypedCommand(BaseCommand):
    """A command that answers within seconds, in the language of the terminal or of `--language`.

    If there is no database, it says what to do.
    """

    # System checks import every page of the project and take twice as long as the work; ./test runs them.
    requires_system_checks = []
    help: Any = ""  # text, or a lazy translation
    # Required options, reported in the user's language: argparse only knows English.
    needed: tuple[str, ...] = ()

    def create_parser(self, *args, **kwargs) -> CommandParser:
        with translation.override(language_of_terminal()):
            self.help = str(self.help)
            parser = super().create_parser(*args, **kwargs)
            codes = [code for code, _name in settings.LANGUAGES]
            parser.add_argument(
                "--language",
                choices=codes,
                default=language_of_terminal(),
                help=_("language of the answer"),
            )
        return parser

    def execute(self, *args, **options):
        with translation.override(options["language"]):
            missing = [f"--{name}" for name in self.needed if not options[name]]
            if missing:
                raise CommandError(_("Please give %(options)s.") % {"options": " ".join(missing)})
            try:
                return super().execute(*args, **options)
            except OperationalError as error:
                raise CommandError(
                    _(
                        "No running copy of Jiaqiao was found here. Start it first (./start --no-demo), or"
                        " name its data folder: JIAQIAO_DATA=… or its database: DATABASE_URL=…"
                    )
                ) from error
            except ProgrammingError as error:
                raise CommandError(
                    _(
                        "This database has no tables of ours yet: start the application once, then try"
                        " again."
                    )
                ) from error


def language_of_terminal() -> str:
    """Return "en" if the first of LC_ALL, LC_MESSAGES and LANG that is set says so; else the product's own
    language.
    """
    told = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "en" if told.lower().startswith("en") else settings.LANGUAGE_CODE
