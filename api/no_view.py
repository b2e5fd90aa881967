"""Answers for addresses of the API that no view of it could give: an unknown one, a failure, no database."""

from django.http import JsonResponse

from api.oneroster.problems import MINOR, status_info
from api.problems import PROBLEM_JSON, problem

STARTS = ("/api/", "/ims/")
PAGES = ("/api/docs/",)  # for people


def answer(path: str, status: int) -> JsonResponse | None:
    """None where `path` is no address for programs."""
    if not path.startswith(STARTS) or path.startswith(PAGES):
        return None
    told = problem(status)
    if path.startswith("/ims/"):
        minor = MINOR.get(status, "internal_server_error" if status == 500 else "server_busy")
        return JsonResponse(status_info(told["detail"], minor), status=status)
    return JsonResponse(told, status=status, content_type=PROBLEM_JSON)
