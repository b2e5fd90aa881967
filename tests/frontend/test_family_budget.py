"""The family's check-in page on a 2G line and in browsers of 2019-20.

Needs the built front end (static/dist), as a school's server does.
"""

import gzip
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from uploads import speaking

DIST = Path(settings.BASE_DIR) / "static" / "dist"
PAGES = Path(settings.BASE_DIR) / "templates"

# experience.md, "Family": bytes over the line from a cold cache, and requests for one page.
MARKUP_AND_STYLE_BYTES = 8_000
PAGE_BYTES = 30_000
PAGE_REQUESTS = 6  # two of them are the worker and, the first time, the page for it

# What Chromium 86 or Safari of iOS 13 does not know and would drop or lay out wrongly.
TOO_NEW = {
    "light-dark()": r"light-dark\(",
    ":has()": r":has\(",
    ":is() or :where()": r":(is|where)\(",
    "container query": r"@container",
    "cascade layer": r"@layer",
    "clamp()": r"\bclamp\(",
    "inset": r"[{;]inset(-block|-inline)?:",
    "aspect-ratio": r"aspect-ratio:",
    "color-mix()": r"color-mix\(",
    "accent-color": r"accent-color:",
    "dynamic viewport unit": r"\d[sld]v[hw]\b",
}


def child(key: str, name: str) -> SimpleNamespace:
    return SimpleNamespace(key=key, student_name=name)


def check_in_page(
    *, language: str = "zh-hans", is_elder: bool = False, children: int = 1, **more: object
) -> str:
    names = ["小明", "小雨", "小宝", "小花"]
    token = "MTAyNDpzY2hvb2wtMQ:1vNxYz:4Qe8m2Zk0pXvJt7cRb1WdYfLhGsA9uTnEoK"
    context = {
        "adult": SimpleNamespace(name="陈芳"),
        "greeting": "陈芳，下班了，辛苦了。",
        "lines": [child(str(70 + n), names[n]) for n in range(children)],
        "token": token,
        "post_url": f"/f/c/{token}/",
        "not_me_url": f"/f/c/{token}/not-me/",
        "key": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "teacher_name": "张老师",
        "form_errors": [],
        "is_elder": is_elder,
        **more,
    }
    with translation.override(language):
        return render_to_string(
            "family/check_in.html", context, request=RequestFactory().get(f"/f/c/{token}/")
        )


@pytest.fixture(autouse=True)
def _with_a_voice(monkeypatch):
    """The heavier page: a server that has espeak-ng writes an ear beside each answer."""
    monkeypatch.setattr(speaking, "program", lambda: "espeak-ng")


def sent_bytes(content: bytes) -> int:
    return len(gzip.compress(content, compresslevel=6))


def built(name: str) -> bytes:
    return (DIST / name).read_bytes()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("is_elder", [False, True])
@pytest.mark.parametrize("children", [1, 4])
def test_markup_and_style_fit_eight_kilobytes(language, is_elder, children):
    page = check_in_page(language=language, is_elder=is_elder, children=children)
    weight = sent_bytes(page.encode()) + sent_bytes(built("family.css"))
    assert weight <= MARKUP_AND_STYLE_BYTES


def test_whole_page_fits_budget_and_asks_only_this_server():
    page = check_in_page()
    assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert {Path(asset).name for asset in assets} == {"icon.svg", "family.css", "family.js"}
    assert not re.search(r'(?:href|src|action)="(?:https?:)?//', page)
    assert not re.search(rb"url\(|@import", built("family.css"))
    requests = 1 + len(assets) + 2
    weight = 2 * sent_bytes(page.encode()) + sent_bytes(built("family_sw.js"))
    weight += sum(sent_bytes(built(Path(a).name)) for a in assets)
    assert requests <= PAGE_REQUESTS
    assert weight <= PAGE_BYTES


@pytest.mark.parametrize("feature", TOO_NEW)
def test_stylesheet_holds_in_old_browsers(feature):
    assert not re.search(TOO_NEW[feature], built("family.css").decode())


def test_stylesheet_has_no_nested_rules():
    # Outside @media and @keyframes blocks, a rule inside a rule would show as depth two.
    css = re.sub(r"@(media|keyframes|supports)[^{]*\{", "@{", built("family.css").decode())
    depth, inside_at = 0, []
    for token in re.findall(r"@\{|\{|\}", css):
        if token == "}":
            depth -= 0 if inside_at.pop() else 1
        else:
            inside_at.append(token == "@{")
            depth += 0 if token == "@{" else 1
        assert depth <= 1
    assert depth == 0


def test_flex_rows_need_no_gap():
    # iOS 13 knows gap in grids only; every rule that sets it must be a grid.
    rules = re.findall(r"\{([^{}]*)\}", built("family.css").decode())
    with_gap = [rule for rule in rules if re.search(r"(^|;)(grid-)?gap:", rule)]
    assert with_gap
    assert [rule for rule in with_gap if "grid-template-columns" not in rule] == []


def family_templates() -> list[Path]:
    folders = [PAGES / "family", PAGES / "pupil", PAGES / "surveys" / "seat"]
    return [path for folder in folders for path in sorted(folder.glob("*.html"))] + [
        PAGES / "base_family.html",
        PAGES / "base_pupil.html",
    ]


@pytest.mark.parametrize("path", family_templates(), ids=lambda path: path.name)
def test_template_keeps_to_the_content_policy_and_names_nobody_in_its_title(path):
    source = path.read_text(encoding="utf-8")
    assert not re.search(r'\sstyle="|<style|\son[a-z]+="|javascript:', source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)
    for title in re.findall(r"{% block title %}(.*?){% endblock %}", source, re.S):
        assert "{{" not in title
        assert "blocktranslate" not in title


def test_answers_are_three_plain_submit_buttons_of_one_form():
    form = re.search(r"<form.*?</form>", check_in_page(), re.S)
    assert form
    answers = re.findall(r'<button type="submit" name="answer" value="(\w+)">', form.group())
    assert answers == ["talked", "not_yet", "need_help"]
    assert 'name="key" value="0f8fad5b' in form.group()
    assert 'method="post"' in form.group()


def test_siblings_can_be_answered_for_apart():
    page = check_in_page(children=2)
    assert "小明、小雨" in page
    assert page.count('name="answer-70"') == page.count('name="answer-71"') == 3
    assert 'name="answer-' not in check_in_page(children=1)


def test_names_are_escaped():
    page = check_in_page(
        lines=[child("1", "<b>x</b>")], adult=SimpleNamespace(name='"><script>'), teacher_name="<i>"
    )
    assert "<b>x</b>" not in page
    assert '"><script>' not in page
    assert "<i>会看" not in page
