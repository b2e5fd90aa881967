"""A room names no page and no template of a floor above it: it asks `core.addresses.page_above`."""

import re
import tomllib
from pathlib import Path

from django.conf import settings
from django.urls import get_resolver

ROOT = Path(settings.BASE_DIR)
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
FLOORS = next(one["layers"] for one in CONTRACTS["contracts"] if one["id"] == "floors")
FLOOR = {name: number for number, floor in enumerate(FLOORS) for name in re.split(r"\W+", floor)}
NAMED = re.compile(r"""["']([a-z_]+):[a-z_]+["']""")
TEMPLATE = re.compile(r"""["']([a-z_]+)/[\w{}/.]+["']""")


def owners() -> dict[str, str]:
    """{namespace of addresses: the package whose pages it holds}"""
    return {
        found[1]: path.relative_to(ROOT).parts[0]
        for package in FLOOR
        for path in (ROOT / package).rglob("*urls.py")
        if (found := re.search(r'app_name = "(\w+)"', path.read_text("utf-8")))
    }


def test_no_room_names_an_address_or_a_template_above_it():
    owner = owners()
    found = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for room, floor in FLOOR.items()
        for path in sorted((ROOT / room).rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        for above in [owner.get(space) for space in NAMED.findall(line)] + TEMPLATE.findall(line)
        if FLOOR.get(above or room, floor) < floor and path.name != "settings.py"
    ]
    assert {"staff", "family", "pupil", "village", "guardians"} <= owner.keys()
    assert found == []


def test_each_page_of_a_door_is_one():
    def known(name: str) -> bool:
        *spaces, last = name.split(":")
        resolver = get_resolver()
        for space in spaces:
            resolver = resolver.namespace_dict[space][1]
        return bool(resolver.reverse_dict.getlist(last))

    assert [name for name in settings.PAGES_ABOVE.values() if not known(name)] == []
