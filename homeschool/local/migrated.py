"""python -m homeschool.local.migrated NAME: an empty database NAME with every migration applied.

The test processes copy it (PostgreSQL's TEMPLATE) instead of migrating one each. Reads DATABASE_URL.
"""

import os
import sys
from urllib.parse import urlsplit, urlunsplit

import psycopg2


def main(name: str) -> None:
    server = os.environ["DATABASE_URL"]
    connection = psycopg2.connect(_path(server, "postgres").replace("postgres://", "postgresql://"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()

    os.environ["DATABASE_URL"] = _path(server, name)
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))


if __name__ == "__main__":
    main(sys.argv[1])
