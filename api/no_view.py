"""What a program receives if no view of the API answers.

That is so for an unknown address, a request that is cut off before a view reads it, a failure, or a database
that is down. Elsewhere these answers are pages.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse

from api.oneroster.problems import MINOR, status_info
from api.problems import PROBLEM_JSON, problem

STARTS = ("/api/", "/ims/")
PAGES = ("/api/docs/",)  # for people
KEPT = ("Allow", "Retry-After")  # headers kept from the answer that is replaced


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_page = not response.headers.get("Content-Type", "").endswith("json")
        is_for_programs = request.path.startswith(STARTS) and not request.path.startswith(PAGES)
        if response.status_code < HTTPStatus.BAD_REQUEST or not (is_page and is_for_programs):
            return response
        headers = {name: response.headers[name] for name in KEPT if name in response.headers}
        told = problem(response.status_code)
        if not request.path.startswith("/ims/"):
            return JsonResponse(
                told, status=told["status"], content_type=PROBLEM_JSON, headers=headers
            )
        is_ours = told["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR
        minor = MINOR.get(told["status"], "server_busy" if is_ours else "invaliddata")
        told = status_info(told["detail"], minor)
        return JsonResponse(told, status=response.status_code, headers=headers)

    return answer
