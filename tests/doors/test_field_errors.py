"""What is wrong at a field stands directly beside it, and the field names it: one markup at every door."""

import re
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.access.test_matrix import arguments, visitor

pytestmark = pytest.mark.django_db

# Kind of form: who, page, what they send, and the field (or the group of tiles) that is wrong.
FORMS = {
    "crispy": ("admin", "schools:settings", {"name": ""}, "name"),
    "written by hand": ("teacher", "notices:new", {"title": ""}, "title"),
    "tiles": ("teacher", "threads:new", {"text": "好"}, ""),
    "cells of a table": (
        "admin",
        "staff:entry_sheet",
        {"lines": "1", "1-name": "孙小宇", "1-born": "去年", "1-key": "k", "act": "save"},
        "1-born",
    ),
    "sent later": ("teacher", "classroom:observe", {"words": ""}, "words"),
    "a file": ("admin", "rosters:upload", {"file": b"no table"}, "file"),
    "sign-in of staff": ("anonymous", "account_login", {"login": ""}, "login"),
    "sign-in of a family": ("anonymous", "family:sign_in", {"phone": "12"}, "phone"),
    "sign-in of a pupil": ("anonymous", "pupil:sign_in", {"class_code": "x"}, "class_code"),
    "sign-in in the village": ("anonymous", "village:sign_in", {"login": ""}, "login"),
    "an invitation": ("anonymous", "family:type_invitation", {"code": "?"}, "code"),
    "a family's form": ("mother", "family:data_correct", {"words": ""}, "words"),
    "a family's words": ("mother", "family_threads:new", {"text": ""}, "text"),
    "a visit in the village": ("village", "village:visit", {"visited_on": "x"}, "visited_on"),
}


class Tags(HTMLParser):
    """The start tags of a page, and what stands as an error at a field."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("kind", FORMS)
def test_an_error_is_told_at_its_field(cast, kind) -> None:
    role, name, data, field = FORMS[kind]
    data = {"key": str(uuid4())} | data
    sent = {
        key: SimpleUploadedFile("x.xlsx", value) if isinstance(value, bytes) else value
        for key, value in data.items()
    }

    response = visitor(cast, role).post(reverse(name, kwargs=arguments(cast, name)), sent)

    tags = Tags(response.content.decode()).tags
    told = {a["id"] for _, a in tags if a.get("class") == "field-error" and "id" in a}
    named = {
        key
        for tag, a in tags
        for key in (a.get("aria-describedby") or "").split()
        if (a.get("name") == field and a.get("aria-invalid") == "true")
        or (not field and tag == "fieldset")
    }
    assert told & named
    assert not re.search(
        r"is-invalid\W(?!.*aria-invalid)|invalid-feedback", response.content.decode()
    )
