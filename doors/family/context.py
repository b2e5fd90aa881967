"""What every family page needs: the elder view, by choice or because this adult listens or hardly reads."""

from django.http import HttpRequest

from core import cookies
from guardians.models import Adult

COOKIE = "large_text"


def view(request: HttpRequest) -> dict[str, bool]:
    chosen = cookies.read(request, COOKIE)
    if chosen:
        return {"is_elder": chosen == "1"}
    adult = getattr(request, "family_adult", None)
    return {"is_elder": bool(adult and _needs_it(adult))}


def _needs_it(adult: Adult) -> bool:
    return adult.prefers_audio or adult.literacy in (Adult.Literacy.LITTLE, Adult.Literacy.NONE)
