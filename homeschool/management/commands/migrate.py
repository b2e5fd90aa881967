"""Django's migrate, which builds an empty database from the snapshot first."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from homeschool import schema


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        whole = not (options["app_label"] or options["plan"] or options["check_unapplied"])
        if whole and schema.is_empty(connection):
            schema.load(connection)
            if nothing_is_left(connection):
                return
        super().handle(*args, **options)


def nothing_is_left(connection: Any) -> bool:
    """Whether the snapshot holds every migration; Django would draw all models to find out."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
