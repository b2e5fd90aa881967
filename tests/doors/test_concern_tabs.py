"""The tabs above the concerns stand on each page to which they lead, with that page marked."""

import re

import pytest
from django.urls import reverse

from tests.access.test_matrix import visitor

pytestmark = pytest.mark.django_db

TABS = re.compile(r'<nav class="tabs".*?</nav>', re.DOTALL)
MARKED = re.compile(r'<a href="([^"]*)" aria-current="true"')


def tabs(page: str) -> list[str]:
    return re.findall(r'<a href="([^"]*)"', TABS.search(page).group())


@pytest.mark.parametrize("role", ["counsellor", "principal"])
def test_each_page_repeats_them_and_marks_itself(cast, role) -> None:
    client = visitor(cast, role)
    there = tabs(client.get(reverse("counselling:list")).content.decode())
    others = [
        address for address in there if not address.startswith(reverse("counselling:list") + "?")
    ]
    assert len(others) > 2

    for address in others:
        page = client.get(address).content.decode()
        # One that is seldom opened stands among the first only where it is open.
        assert sorted(tabs(page)) == sorted(there)
        assert MARKED.findall(TABS.search(page).group()) == [address]
