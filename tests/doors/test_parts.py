"""Parts that Jinja2 fills can be read, escape what people wrote, and show their words to makemessages."""

import re
from types import SimpleNamespace

import pytest
from django.template import Context, RequestContext, Template, engines
from django.test import RequestFactory
from django.utils import translation

TEXT = r"""(?:"[^"]*"|'[^']*')"""
FOUND_BY_MAKEMESSAGES = re.compile(rf"{{{{ _\({TEXT}\)|{{% set \w+ = _\({TEXT}\) %}}")
WRITTEN = "<script>alert(1)</script>"


def names() -> list[str]:
    return engines["parts"].env.list_templates()


@pytest.mark.parametrize("name", names())
def test_each_part_can_be_read(name):
    assert engines["parts"].get_template(name)


@pytest.mark.parametrize("name", names())
def test_makemessages_finds_the_words(name):
    source, *_ = engines["parts"].env.loader.get_source(engines["parts"].env, name)
    assert source.count("_(") == len(FOUND_BY_MAKEMESSAGES.findall(source))


def test_what_people_wrote_is_escaped():
    event = {"at": WRITTEN, "icon": "check", "title": WRITTEN, "text": WRITTEN, "by": [WRITTEN]}
    page = Template('{% part "components/timeline.html" rows=rows %}')
    shown = page.render(Context({"rows": [event | {"more": [event]}]}))
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown


def test_every_form_of_a_part_has_the_token_of_the_page():
    row = SimpleNamespace(is_free=True, url="/c/", take_url="/c/take/", name="何静")
    page = Template('{% csrf_token %}{% part "counselling/concerns.html" rows=rows first=None %}')
    request = RequestFactory().get("/")
    shown = page.render(RequestContext(request, {"rows": [row, row]}))
    fields = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', shown)
    assert len(fields) == 3
    assert len(set(fields)) == 1


@pytest.mark.parametrize("only", ["", " only"])
def test_a_form_without_a_token_is_not_drawn(only):
    row = {"key": "a", "name": "何静", "why": "", "undo_url": "/undo/"}
    include = Template('{% include "components/work_row.html" with row=row' + only + " %}")
    of_request = RequestContext(RequestFactory().get("/"), {"row": row})
    with pytest.raises(ValueError, match="token of its page"):
        include.render(of_request if only else Context({"row": row}))


def test_words_of_macros_are_not_kept_in_one_language():
    """Jinja2 reads a file of macros once: a word that stands beside them would stay in its first language."""
    for name in names():
        source, *_ = engines["parts"].env.loader.get_source(engines["parts"].env, name)
        if "{% macro" in source:
            outside = re.sub(r"{% macro .*?{% endmacro %}", "", source, flags=re.DOTALL)
            assert "_(" not in outside
    row = {"key": "a", "name": "何静", "why": "", "undo_url": "/undo/"}
    page = Template('{% part "components/work_row.html" row=row inplace="" %}')
    for language, word in (("en", "Undo"), ("zh-hans", "撤销")):
        with translation.override(language):
            request = RequestFactory().get("/")
            assert word in page.render(RequestContext(request, {"row": row}))
