"""What the built stylesheets may weigh and, for families' old browsers, may contain."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DIST = Path(__file__).resolve().parents[2] / "static" / "dist"

# Bytes before compression. Daily staff pages load staff.css; the pages named here add one small file.
STAFF_BUDGET = 40_000
PAGE_BUDGET = 4_000
PAGES = [
    "dashboard",
    "concerns",
    "import",
    "demo_phone",
    "door",
    "observe",
    "classroom",
    "learning",
    "visits",
    "visit",
    "touch",
]

# Chromium 86 and iOS 13 know none of these.
TOO_NEW = {
    "light-dark()": re.compile(r"light-dark\("),
    ":has()": re.compile(r":has\("),
    ":is() or :where()": re.compile(r":(is|where)\("),
    "container queries": re.compile(r"@container|container-type"),
    "cascade layers": re.compile(r"@layer"),
    "color-mix()": re.compile(r"color-mix\("),
    "dynamic viewport units": re.compile(r"\d(d|s|l)v(h|w|b|i)\b"),
    "the inset shorthand": re.compile(r"[;{]inset:"),
    "the individual transforms": re.compile(r"[;{](translate|rotate|scale):"),
}


def _read(name: str) -> str:
    file = DIST / name
    if not file.exists():
        pytest.fail(f"{name} is not built: run `npm ci && npm run build`")
    return file.read_text(encoding="utf-8")


def _without_text(css: str) -> str:
    return re.sub(r'"[^"]*"|url\([^)]*\)', '""', css)


def nested_rules(css: str) -> list[str]:
    """Selectors that open inside another rule; conditions such as @media may hold rules."""
    stack: list[str] = []
    found = []
    for before, bracket in re.findall(
        r"([^{};]*);?([{}]|$)", _without_text(css).replace(";", "; ")
    ):
        if bracket == "{":
            selector = before.strip()
            if any(not outer.startswith("@") for outer in stack):
                found.append(selector)
            stack.append(selector)
        elif bracket == "}" and stack:
            stack.pop()
    return found


def test_daily_staff_pages_stay_light() -> None:
    assert len(_read("staff.css").encode()) < STAFF_BUDGET


@pytest.mark.parametrize("page", PAGES)
def test_a_page_apart_brings_little(page: str) -> None:
    assert len(_read(f"{page}.css").encode()) < PAGE_BUDGET


@pytest.mark.parametrize("feature", TOO_NEW)
def test_family_pages_hold_in_old_browsers(feature: str) -> None:
    assert not TOO_NEW[feature].findall(_without_text(_read("family.css"))), feature


def test_family_pages_have_no_nested_rules() -> None:
    assert nested_rules(_read("family.css")) == []


def test_nesting_is_seen() -> None:
    assert nested_rules("a{color:red;b{color:blue}}") == ["b"]
    assert nested_rules("@media print{a{color:red}}b{color:blue}") == []


def test_no_stylesheet_calls_out() -> None:
    for file in DIST.glob("*.css"):
        assert "http://" not in file.read_text().replace("http://www.w3.org", ""), file.name
        assert "https://" not in file.read_text(), file.name
        assert "@import" not in file.read_text(), file.name


@pytest.mark.parametrize("page", ["warnings", "concerns", "child_page"])
def test_a_mark_of_data_is_no_background_which_a_printer_leaves_out(page: str) -> None:
    marks = re.findall(r"[^{}]*\.(?:mark|bar)\b[^{}]*\{([^{}]*)\}", _read(f"{page}.css"))
    assert marks
    assert not [rule for rule in marks if "background" in rule]
