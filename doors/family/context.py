"""What every family page needs: large text, by choice or because this adult would rather listen."""

from django.http import HttpRequest

COOKIE = "large_text"


def view(request: HttpRequest) -> dict[str, bool]:
    chosen = request.COOKIES.get(COOKIE)
    if chosen is not None:
        return {"is_elder": chosen == "1"}
    adult = getattr(request, "family_adult", None)
    return {"is_elder": bool(adult and adult.prefers_audio)}
