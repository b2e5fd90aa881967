"""What to do when a child may hurt themselves: every way that the page offers opens for its reader."""

import re

import pytest
from django.urls import reverse

from tests.access.test_matrix import visitor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["teacher", "counsellor", "principal", "admin"])
def test_every_link_of_the_guide_opens(cast, who) -> None:
    child = cast.students["mengyao"].pk
    reader = visitor(cast, who)
    page = reader.get(reverse("safeguarding:guide", args=[child])).content.decode()
    shown = page[page.index('<div class="guide">') : page.index('<p class="print-line">')]
    links = re.findall(r'<a [^>]*href="(/[^"#]+)', shown)
    # An administrator may raise no concern: the steps name whom to phone.
    assert any(f"/concerns/new/{child}/" in link for link in links) is (who != "admin")
    assert [link for link in links if reader.get(link).status_code != 200] == []
