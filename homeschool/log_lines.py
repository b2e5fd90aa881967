"""Who asks, from where and which request it is, on every line that is logged meanwhile (django-structlog).

A request that went well has no line of the library's own (logs.QUIET), so none is put together for it.
"""

import uuid

import structlog
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import request as library

GOES_WRONG = 400  # from this status code on the library writes a line


class RequestMiddleware(library.RequestMiddleware):
    def prepare(self, request: HttpRequest) -> None:
        # core.client has decided already which address it is.
        address = request.META["REMOTE_ADDR"] or None
        structlog.contextvars.bind_contextvars(request_id=str(uuid.uuid4()), ip=address)
        self.bind_user_id(request)

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        goes_wrong = response.status_code >= GOES_WRONG or hasattr(request, "_raised_exception")
        if goes_wrong or response.streaming:
            super().handle_response(request, response)
        else:
            structlog.contextvars.clear_contextvars()
