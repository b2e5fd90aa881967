"""What somebody posted after their session had ended, kept until they have signed in again.

It is stored in the session that the sign-in page opens, encrypted with a key that is not in the database. It
opens only for the person who was last signed in in that browser, which an unforgeable cookie records. Files
are not kept, only the fact that there were some.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core import signing
from django.http import HttpRequest, HttpResponse

from core import clock, cookies

MINUTES = 60  # minutes; enough to sign in again with a code on another phone
CHARACTERS_MAX = 100_000  # of the posted data; a long case note has 20,000
LAST_PERSON = "last_person"  # cookie
HELD = "held"  # in the session
NOT_SAID = "csrfmiddlewaretoken"  # the new session has one of its own


@dataclass(frozen=True)
class Held:
    """A posted request: `path` is its address, `fields` are (name, value) as posted."""

    path: str
    fields: list[tuple[str, str]]
    had_files: bool


def remembers_last_person(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """Middleware that remembers in the browser, in a signed cookie, who is signed in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.session.accessed and (person := request.session.get(SESSION_KEY)):
            signed = _signer().sign(person)
            if cookies.read(request, LAST_PERSON) != signed:
                age = settings.SESSION_COOKIE_AGE
                cookies.write(response, LAST_PERSON, signed, seconds=age)
        return response

    return middleware


def _signer() -> signing.Signer:
    return signing.Signer(salt="accounts.held")


def hold(request: HttpRequest) -> bool:
    """Keep what was posted; return False if nobody knows who posted it, or if it is too long."""
    try:
        person = _signer().unsign(cookies.read(request, LAST_PERSON))
    except signing.BadSignature:
        return False
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    files = [file for name in request.FILES for file in request.FILES.getlist(name)]
    said = json.dumps(
        {
            "person": person,
            "path": request.get_full_path(),
            "fields": [one for one in fields if one[0] != NOT_SAID],
            "had_files": any(file.size for file in files),
            "at": clock.for_request(request).timestamp(),
        }
    )
    if len(said) > CHARACTERS_MAX:
        return False
    request.session[HELD] = _cipher().encrypt(said.encode()).decode()
    request.session.set_expiry(MINUTES * 60)
    return True


def held_for(request: HttpRequest) -> Held | None:
    """Return what the person who is signed in now had posted.

    What is another person's or too old is dropped.
    """
    try:
        said = json.loads(_cipher().decrypt(request.session.get(HELD, "").encode()))
    except InvalidToken:
        drop(request)
        return None
    is_theirs = said["person"] == request.session.get(SESSION_KEY)
    if not is_theirs or clock.for_request(request).timestamp() - said["at"] >= MINUTES * 60:
        drop(request)
        return None
    fields = [(name, value) for name, value in said["fields"]]
    return Held(said["path"], fields, said["had_files"])


def drop(request: HttpRequest) -> None:
    request.session.pop(HELD, None)


def _cipher() -> MultiFernet:
    roots = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [
        HKDF(algorithm=SHA256(), length=32, salt=None, info=b"jiaqiao.held").derive(root.encode())
        for root in roots
    ]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
