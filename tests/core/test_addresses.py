"""The quick way to the address of a row leads where Django's own does."""

import re

import pytest
from django.template import engines
from django.urls import reverse

from core.addresses import address, address_of, page_above
from students.forms import SECTIONS
from tests.homeschool.test_names import APPS, ROOT

NAMES = [
    "counselling:detail",
    "counselling:acknowledge",
    "counselling:close",
    "counselling:hand_over",
    "counselling:case",
    "staff:child",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_as_djangos(name):
    for key in (1, 40, 987_654_321):
        assert address(name, key) == reverse(name, args=[key])


def test_each_page_that_the_code_asks_for_has_one_number_in_its_address():
    """Elsewhere `address` fails, and with it the page of anybody who has such a row."""
    said = re.compile(r'\baddress\(\s*"(\w+:\w+)",(?:[^,()]|\([^()]*\))+,?\s*\)')
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    files += (ROOT / "templates" / "parts").rglob("*.html")
    names = {name for path in files for name in said.findall(path.read_text())}
    assert len(names) > 50
    assert "classroom:letter" in names  # which a part alone asks for
    for name in sorted(names):
        assert address(name, 40) == reverse(name, args=[40])


@pytest.mark.parametrize("name", ["students:file_section", "students:file_history"])
@pytest.mark.parametrize("key", SECTIONS)
def test_with_the_section_of_a_file(name, key):
    assert address(name, 40, key) == reverse(name, args=[40, key])


def test_a_key_is_a_number_and_nothing_else():
    with pytest.raises(ValueError, match="format code"):
        address("staff:child", "1/../2")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["徐梦瑶", "欧阳静", "", "<b>"])
@pytest.mark.parametrize("size", ["", "sm"])
def test_the_avatars_tag_draws_what_its_part_draws(name, size):
    made = engines["django"].from_string(
        '{% include "components/avatar.html" with name=name size=size me=False %}|{% avatar name size %}'
    )
    part, tag = made.render({"name": name, "size": size}).split("|")
    assert tag == part


def test_an_address_without_a_key_is_looked_up_once():
    assert address_of("family_notices:list") == reverse("family_notices:list")
    assert page_above("family_details") == reverse("family:details")
    assert page_above("child", 5) == reverse("staff:child", args=[5])
    with pytest.raises(KeyError):
        page_above("nothing")
