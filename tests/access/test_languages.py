"""Every page of the family's, pupil's and village's doors can be read in another language, from there."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from guardians.models import Adult
from tests.access.test_matrix import PATTERNS, TABLE, arguments, visitor

pytestmark = pytest.mark.django_db

SWITCH = re.compile(r'<a href="([^"]+)" lang="en" hreflang="en">English</a>')

DOORS = ("f/", "p/", "v/")


def reader_of(name: str) -> str:
    row = TABLE[name]
    return next(
        (one for one in ("anonymous", "mother", "pupil", "village") if row[one] == "A"), "mother"
    )


def is_page(answer) -> bool:
    if answer.status_code >= 500 or "text/html" not in answer.get("Content-Type", ""):
        return False
    return b'class="door-' in answer.content


SPACES = {
    entry.namespace
    for entry in get_resolver().url_patterns
    if isinstance(entry, URLResolver) and str(entry.pattern).startswith(DOORS)
}
NAMES = [name for name in PATTERNS if name.partition(":")[0] in SPACES]


def switched(who: Client, page: str, address: str) -> str:
    """Follow the page's switch and return where it leads."""
    found = SWITCH.search(page)
    assert found, f"{address} has no switch"
    answer = who.get(unescape(found[1]))
    assert answer.status_code == 302
    return answer.url


@pytest.mark.parametrize("name", NAMES)
def test_a_page_can_be_read_in_english(cast, name):
    address = reverse(name, kwargs=arguments(cast, name))
    seen = 0
    for method in ("get", "post"):
        who = visitor(cast, reader_of(name))
        answer = getattr(who, method)(address)
        if not is_page(answer):
            continue
        seen += 1
        page = answer.content.decode()
        assert '<html lang="zh-hans"' in page
        assert switched(who, page, address) == address
        after = who.get(address, follow=True)
        assert after.status_code != 405
        assert not is_page(after) or '<html lang="en"' in after.content.decode()
    if not seen:
        pytest.skip("an act, a file, or leads elsewhere")


@pytest.mark.parametrize("address", ["/f/nothing/", "/p/nothing/", "/v/nothing/"])
def test_so_can_a_page_that_is_not_there(cast, address):
    who = Client()
    page = who.get(address).content.decode()
    assert switched(who, page, address) == address
    assert '<html lang="en"' in who.get(address).content.decode()


def test_it_holds_on_this_phone_and_changes_no_message(cast):
    phone, other = visitor(cast, "mother"), visitor(cast, "mother")
    phone.get("/f/view/?language=en&next=/f/me/")
    assert '<html lang="en"' in phone.get("/f/").content.decode()
    assert '<html lang="zh-hans"' in other.get("/f/").content.decode()
    assert Adult.objects.get(pk=cast.adults["mother"].pk).language == "zh-hans"
    # What she is sent keeps its language until she says so on her own page.
    me = phone.get("/f/me/").content.decode()
    assert re.search(r'value="zh-hans"[^>]*aria-pressed="true"', me)


def test_without_a_choice_a_page_speaks_the_language_of_its_reader(cast):
    Adult.objects.filter(pk=cast.adults["mother"].pk).update(language="en")
    phone = visitor(cast, "mother")
    assert '<html lang="en"' in phone.get("/f/").content.decode()
    phone.get("/f/view/?language=zh-hans&next=/f/")
    assert '<html lang="zh-hans"' in phone.get("/f/").content.decode()


@pytest.mark.parametrize("language", ["", "xx", "en\r\nSet-Cookie: a=b", "../../etc", "zh_Hans"])
def test_no_other_language_is_kept(language):
    phone = Client()
    answer = phone.get("/f/view/", {"language": language, "next": "/f/sign-in/"})
    assert answer.url == "/f/sign-in/"
    assert not answer.cookies


@pytest.mark.parametrize(
    "elsewhere", ["https://example.org/", "//example.org", "javascript:alert(1)", "\\\\x", ""]
)
def test_it_leads_to_no_other_place(elsewhere):
    answer = Client().get("/f/view/", {"language": "en", "next": elsewhere})
    assert answer.url == "/f/"
