"""The database's clock moved, for every process of a test: core.clock reads it there."""

from datetime import timedelta

from django.db import connection

CUT_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def cut_others() -> None:
    """Everybody else who is connected to the database has to connect again."""
    with connection.cursor() as cursor:
        cursor.execute(CUT_OTHERS)


def move_clock(offset: timedelta) -> None:
    """So far from now; a connection would read the old clock, so nobody stays it."""
    with connection.cursor() as cursor:
        seconds = f"{int(offset.total_seconds())} seconds"
        cursor.execute(f"{_alter()} SET jiaqiao.clock_offset = %s", [seconds])
    cut_others()
    connection.close()


def reset_clock() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"{_alter()} RESET jiaqiao.clock_offset")
    connection.close()


def _alter() -> str:
    return f'ALTER DATABASE "{connection.settings_dict["NAME"]}"'
