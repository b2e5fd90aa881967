"""Who and from where, beside every row of history."""

import pghistory.middleware


class HistoryMiddleware(pghistory.middleware.HistoryMiddleware):
    """Adds the caller's address to the acting user and the page."""

    def get_context(self, request):
        return super().get_context(request) | {"ip": request.META.get("REMOTE_ADDR")}
