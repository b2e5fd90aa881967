"""Serve files of notices. Callers check access first."""

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse

from notices.models import NoticeFile
from uploads.responses import serve


def serve_file(file: NoticeFile, request: HttpRequest) -> HttpResponse:
    """Serve a photo as uploads does, or a PDF strictly as a PDF that browsers do not store."""
    if file.photo is not None:
        return serve(file.photo, request)
    name = quote(file.name or "notice.pdf")
    return HttpResponse(
        bytes(file.pdf or b""),
        content_type="application/pdf",
        headers={
            "Content-Disposition": f"inline; filename=\"notice.pdf\"; filename*=UTF-8''{name}",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )
