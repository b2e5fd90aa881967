from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import RedisError

from homeschool import health


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """503 without the database. Without Redis, worker or beat pages still work: 200, "degraded"."""
    parts = {"database": _database(), **_redis_and_processes()}
    status = "ok" if all(parts.values()) else "degraded" if parts["database"] else "down"
    words = {name: "ok" if alive else "down" for name, alive in parts.items()}
    return JsonResponse({"status": status, **words}, status=200 if parts["database"] else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except DatabaseError:
        return False


def _redis_and_processes() -> dict[str, bool]:
    try:
        return {"redis": True} | {name: health.is_alive(name) for name in health.PROCESSES}
    except RedisError:
        return dict.fromkeys(("redis", *health.PROCESSES), False)
