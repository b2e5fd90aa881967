"""Django's migrate, which first builds an empty database from the snapshot, and maintains the roles."""

from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.commands import migrate
from django.db import ProgrammingError, connections
from django.db.migrations.executor import MigrationExecutor

from homeschool import schema, walls

# For the people who run the server; in English, like the messages of settings.py.
MAY_NOT = (
    "The role in DATABASE_URL makes the roles of web and workers: ALTER ROLE … CREATEROLE, or"
    " DATABASE_ROLES=0 (docs/operations.md)."
)


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        only_asks = options["plan"] or options["check_unapplied"]
        whole = not (options["app_label"] or only_asks)
        is_new = whole and schema.is_empty(connection)
        if is_new:
            schema.load(connection)
        if not is_new or not nothing_is_left(connection):
            super().handle(*args, **options)
        else:
            walls.install(connection.alias)  # policies follow the models, not the migrations
        if settings.DATABASE_ROLES and not only_asks:
            try:
                walls.ensure_roles(connection)
            except ProgrammingError as error:
                raise CommandError(f"{error}{MAY_NOT}") from error


def nothing_is_left(connection: Any) -> bool:
    """Return whether the snapshot contains every migration. Django would build all models to find out."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
