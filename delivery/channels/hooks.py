"""Reads what providers send to their address at our server, checking its size and shape."""

from collections.abc import Mapping
from typing import Any

from core import requests
from delivery.channels.base import ReportRefused

BYTES_AT_MOST = 512 * 1024  # bytes of one request; a batch of a hundred reports has some 30,000
REPORTS_AT_MOST = 1000  # in one request


def json_of(body: bytes) -> Any:
    """Parse JSON. Its texts may contain characters that we cannot store; remove those before storing."""
    try:
        return requests.json_of(body, cleaned_later=True)
    except ValueError as error:
        raise ReportRefused("no JSON") from error


def json_list(body: bytes) -> list[Mapping[str, Any]]:
    """Return the objects of a JSON list, skipping anything else in it."""
    items = json_of(body)
    if not isinstance(items, list) or len(items) > REPORTS_AT_MOST:
        raise ReportRefused("no list")
    return [item for item in items if isinstance(item, Mapping)]
