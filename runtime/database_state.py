"""The state of the database, as JSON for `./start`. Runs in `.venv/` and needs Django.

python -m runtime.database_state
"""

import json
import sys
from typing import Any

import django
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from runtime.demo_accounts import LAST_SCHOOL


def state() -> dict[str, Any]:
    """Return the state.

    `unknown`: a migration that only a newer copy of the program has. `pending`: any migration not yet run.
    `county`: the demo has all its schools.
    """
    try:
        loader = MigrationLoader(connection)
    except DatabaseError as error:
        return {"error": str(error).strip().splitlines()[0]}
    ours = loader.migrated_apps
    applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
    unknown = sorted(".".join(key) for key in applied - known if key[0] in ours)
    pending = bool(known - applied) or (settings.DATABASE_ROLES and _lacks_roles())
    found: dict[str, Any] = {"unknown": unknown, "pending": pending}
    if not unknown and not known - applied:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), count(*) FILTER (WHERE is_demo), count(*) FILTER (WHERE code = %s)"
                " FROM schools_school",
                [LAST_SCHOOL],
            )
            schools, demo, last = cursor.fetchone()
            found |= {"empty": schools == 0, "demo": demo > 0, "county": last > 0}
    return found


def _lacks_roles() -> bool:
    """Return whether `migrate` still has to create the roles of our processes or the policies for them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM pg_roles WHERE rolname IN (current_database() || '_web',"
            " current_database() || '_worker', current_database() || '_sender')) < 3"
            " OR NOT EXISTS (SELECT FROM pg_policies)"
        )
        return cursor.fetchone()[0]


if __name__ == "__main__":
    django.setup()
    json.dump(state(), sys.stdout)
