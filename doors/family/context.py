"""Context for every family page: show larger text if the adult chose it, prefers audio or hardly reads."""

from django.http import HttpRequest

from core import cookies
from guardians.models import Adult

COOKIE = "large_text"


def view(request: HttpRequest) -> dict[str, bool]:
    chosen = cookies.read(request, COOKIE)
    if chosen:
        return {"is_elder": chosen == "1"}
    adult = getattr(request, "family_adult", None)
    if adult is None:
        return {"is_elder": False}
    hardly_reads = adult.literacy in (Adult.Literacy.LITTLE, Adult.Literacy.NONE)
    return {"is_elder": adult.prefers_audio or hardly_reads}
