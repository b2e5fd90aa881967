"""Large bodies: a sentence on a page for each, never a bare 413 or a full disk.

A file beyond any limit is read off the line, counted and thrown away: so the form gets its other
fields, and its size says what is wrong at the field. Only an absurd request is not read.
"""

import contextlib
import os
from collections.abc import Callable

from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.requests import key_of
from uploads.rules import BODY_BYTES, RECEIVED_BYTES


class BoundedFileHandler(TemporaryFileUploadHandler):
    """Writes at most RECEIVED_BYTES of a file; `size` is what was really sent.

    The file has no name on the disk: it is gone with the process, however that ends.
    """

    def new_file(self, *args, **kwargs) -> None:
        super().new_file(*args, **kwargs)
        with contextlib.suppress(OSError):  # some systems keep the name of an open file
            os.unlink(self.file.temporary_file_path())

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        room = RECEIVED_BYTES - start
        if room > 0:
            self.file.write(raw_data[:room])


def body_limit(get_response: Callable) -> Callable:
    """Middleware: a body that no page of ours can want is refused before a byte of it is read."""

    def limited(request: HttpRequest) -> HttpResponse:
        size = key_of(request.META.get("CONTENT_LENGTH") or "0")
        if size is None or size > BODY_BYTES:
            return render(request, "413.html", status=413)
        return get_response(request)

    return limited
