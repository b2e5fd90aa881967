"""Predicts what a new version will do to the database, by reading its migrations before any of them runs.

Each step is considered separately: what it does to existing rows, and whether the version that is still
running can go on reading and writing beside it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import operations as ops
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED

# From this many rows on, a step that reads or writes a whole table is noticeable: some seconds on two slow
# cores.
BIG_ROWS = 50_000


class Does(StrEnum):
    REWRITES = "rewrites"  # rewrites every row; meanwhile nobody can read or write the table
    READS = "reads"  # reads every row; meanwhile nobody can write to the table
    UNKNOWN = "unknown"  # its own SQL or Python: only its file says
    BRIEFLY = "briefly"  # takes a moment, however many rows there are


@dataclass(frozen=True)
class Step:
    migration: str
    table: str
    does: Does
    old_may_run: bool  # beside it and after it, until the new version has started


def pending(database: BaseDatabaseWrapper) -> tuple[list[Migration], ProjectState]:
    """Return migrations that have not run, in order, and the state of the database before them."""
    executor = MigrationExecutor(database)
    loader = executor.loader
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    applied = [key for key in loader.applied_migrations if key in loader.graph.nodes]
    return [migration for migration, _backwards in plan], loader.project_state(applied)


def unknown_to_us(database: BaseDatabaseWrapper) -> list[str]:
    """Return migrations in the database that only a newer version has."""
    loader = MigrationExecutor(database).loader
    foreign = set(loader.applied_migrations) - set(loader.disk_migrations)
    return sorted(".".join(key) for key in foreign if key[0] in loader.migrated_apps)


def steps(migrations: list[Migration], before: ProjectState) -> list[Step]:
    """Return steps that touch an existing table.

    A new table is empty, and the old version does not know it.
    """
    state, old_tables = before.clone(), set(before.models)
    found = []
    for migration in migrations:
        for operation in migration.operations:
            for model, does, old_may_run in _read(operation, state, migration.app_label):
                if model is None or model in old_tables:
                    table = ""
                    if model:
                        named = state.models[model].options.get("db_table")
                        table = named or f"{model[0]}_{model[1]}"
                    label = f"{migration.app_label}.{migration.name}"
                    found.append(Step(label, table, does, old_may_run))
            operation.state_forwards(migration.app_label, state)
    return found


def rows_of(database: BaseDatabaseWrapper, tables: set[str]) -> dict[str, int]:
    """Return the number of rows of each table, as PostgreSQL last counted them."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT relname, greatest(reltuples, 0)::bigint FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname = ANY(%s)",
            [sorted(tables)],
        )
        return dict(cursor.fetchall())


Model = tuple[str, str]
Read = tuple[Model | None, Does, bool]


def _read(operation: Any, state: ProjectState, app: str) -> Iterator[Read]:
    if isinstance(operation, ops.SeparateDatabaseAndState):
        for inner in operation.database_operations:
            yield from _read(inner, state, app)
        return
    if isinstance(operation, ops.RunSQL | ops.RunPython):
        yield None, Does.UNKNOWN, False
        return
    name = getattr(operation, "model_name", None) or getattr(operation, "name", "")
    read = READERS.get(type(operation).__name__)
    if read is not None and isinstance(name, str):
        model = (app, name.lower())
        does, old_may_run = read(operation, state, model)
        yield model, does, old_may_run


def _added_field(operation: Any, state: ProjectState, model: Model) -> tuple[Does, bool]:
    """Judge a new field. PostgreSQL records the default and writes no row.

    Django removes the default again, so what the old version writes has no value there.
    """
    field = operation.field
    if isinstance(field, models.ManyToManyField):
        return Does.BRIEFLY, True
    has_value = field.null or field.db_default is not NOT_PROVIDED
    is_checked = field.unique or (field.remote_field and field.db_constraint)
    return (Does.READS if is_checked else Does.BRIEFLY), has_value


def _altered_field(operation: Any, state: ProjectState, model: Model) -> tuple[Does, bool]:
    before, after = state.models[model].fields[operation.name], operation.field
    if _column(before) != _column(after):
        return Does.REWRITES, False
    if before.null and not after.null:
        return Does.READS, False
    return (Does.READS if after.unique and not before.unique else Does.BRIEFLY), True


def _column(field: Any) -> tuple[str, object]:
    """Return what decides whether a column must be rewritten. Making a text longer does not rewrite it."""
    kind = field.get_internal_type()
    return kind, (None if kind in ("CharField", "TextField") else field.max_length)


def _always(does: Does, *, old_may_run: bool) -> Callable[..., tuple[Does, bool]]:
    return lambda operation, state, model: (does, old_may_run)


READERS: dict[str, Callable[..., tuple[Does, bool]]] = {
    "AddField": _added_field,
    "AlterField": _altered_field,
    # The old version does not know the constraint, and may write what it refuses.
    "AddConstraint": _always(Does.READS, old_may_run=False),
    "RemoveField": _always(Does.BRIEFLY, old_may_run=False),
    "DeleteModel": _always(Does.BRIEFLY, old_may_run=False),
    "RenameField": _always(Does.BRIEFLY, old_may_run=False),
    "RenameModel": _always(Does.BRIEFLY, old_may_run=False),
    "AlterModelTable": _always(Does.BRIEFLY, old_may_run=False),
    "AlterUniqueTogether": _always(Does.READS, old_may_run=False),
    "AddIndex": _always(Does.READS, old_may_run=True),
    "AddIndexConcurrently": _always(Does.BRIEFLY, old_may_run=True),
    "RemoveIndex": _always(Does.BRIEFLY, old_may_run=True),
    "RemoveConstraint": _always(Does.BRIEFLY, old_may_run=True),
    "AddTrigger": _always(Does.BRIEFLY, old_may_run=True),
    "RemoveTrigger": _always(Does.BRIEFLY, old_may_run=True),
}
