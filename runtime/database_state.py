"""What the database holds, as JSON for `./start`; runs in `.venv/` and needs Django.

python -m runtime.database_state
"""

import json
import sys
from typing import Any

import django
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader


def state() -> dict[str, Any]:
    """`unknown`: a migration that only a newer copy of the program has. `pending`: any not yet run."""
    try:
        loader = MigrationLoader(connection)
    except DatabaseError as error:
        return {"error": str(error).strip().splitlines()[0]}
    ours = loader.migrated_apps
    applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
    unknown = sorted(".".join(key) for key in applied - known if key[0] in ours)
    found: dict[str, Any] = {"unknown": unknown, "pending": bool(known - applied)}
    if not unknown and not known - applied:
        found |= _schools()
    return found


def _schools() -> dict[str, bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(*) FILTER (WHERE is_demo) FROM schools_school")
        schools, demo = cursor.fetchone()
    return {"empty": schools == 0, "demo": demo > 0}


if __name__ == "__main__":
    django.setup()
    json.dump(state(), sys.stdout)
