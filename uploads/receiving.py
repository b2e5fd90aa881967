"""Large request bodies: each gets a page with a sentence, never a bare 413 or a full disk.

A file beyond the limit is read, counted and discarded, so that the form gets its other fields and the error
appears at the field. Only an absurdly large request is not read.
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
    """An upload handler that writes at most RECEIVED_BYTES of a file; `size` is what was really sent.

    The file has no name on the disk, so it disappears with the process, no matter how that ends.
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
    """Middleware that refuses a body larger than any page needs, before reading a byte of it."""

    def limited(request: HttpRequest) -> HttpResponse:
        size = key_of(request.META.get("CONTENT_LENGTH") or "0")
        if size is None or size > BODY_BYTES:
            return render(request, "413.html", status=413)
        return get_response(request)

    return limited
