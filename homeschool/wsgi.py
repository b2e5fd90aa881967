import os

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeschool.settings")
get_wsgi_application()  # sets Django up


class Request(WSGIRequest):
    """A request that is UTF-8, whatever its header says.

    Django believes the header, and with `charset=hex` anybody could make it fail while the request was being
    built, where no middleware sees it. core.requests refuses such a request.
    """

    def _set_content_type_params(self, meta) -> None:
        given = meta.get("CONTENT_TYPE", "")
        self.content_type, self.content_params = parse_header_parameters(given)


class Handler(WSGIHandler):
    request_class = Request


application = Handler()
