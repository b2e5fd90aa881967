"""Words and addresses that a template names by itself are kept, and are those that Django would give."""

import pytest
from django.template import Context, Template
from django.template.base import NodeList
from django.template.defaulttags import URLNode
from django.template.loader_tags import BlockNode
from django.templatetags.i18n import TranslateNode
from django.templatetags.static import StaticNode, static
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext, override, pgettext

from core.kept_tags import AddressOfKey, KeptAddress, KeptFile, KeptWords

LOAD = "{% load i18n static %}"


def shown(text, **values):
    return Template(LOAD + text).render(Context(values))


def nodes(text, kind):
    return Template(LOAD + text).nodelist.get_nodes_by_type(kind)


def test_words_are_those_of_the_reader_whoever_read_before():
    template = Template(
        LOAD + '{% translate "More" context "pages" %}|{% translate "Children" as what %}{{ what }}'
    )
    for language in ("en", "zh-hans", "en"):
        with override(language):
            expected = f"{pgettext('pages', 'More')}|{gettext('Children')}"
            assert template.render(Context()) == expected
    with override("zh-hans"):
        assert "Children" not in template.render(Context())


def test_what_comes_from_the_page_is_looked_up_each_time():
    template = Template(LOAD + "{% translate words %}{% translate 'Children'|lower %}")
    with override("zh-hans"):
        assert template.render(Context({"words": "Children"})).startswith(gettext("Children"))
        assert template.render(Context({"words": "Home"})).startswith(gettext("Home"))
    assert not [
        one for one in nodes("{% translate words %}", TranslateNode) if type(one) is KeptWords
    ]
    assert not nodes("{% translate 'Children'|lower %}", KeptWords)


def test_percent_and_quotes_come_as_ever():
    assert shown("{% translate '100%' %}{% translate 'a < b' %}") == "100%a < b"


@pytest.mark.parametrize("key", [1, 0, 987_654_321, 2**63 - 1])
def test_addresses_with_a_key(key):
    template = Template(
        LOAD + "{% url 'staff:child' key %}|{% url 'staff:child' key as there %}{{ there }}"
    )
    for now in (key, key + 5):
        expected = reverse("staff:child", args=[now])
        assert template.render(Context({"key": now})) == f"{expected}|{expected}"


def test_an_address_that_does_not_exist_is_refused_or_empty_as_ever():
    for given in (-1, "a", None, 1.5):
        with pytest.raises(NoReverseMatch):
            shown("{% url 'staff:child' key %}", key=given)
        assert shown("{% url 'staff:child' key as there %}[{{ there }}]", key=given) == "[]"
    with pytest.raises(NoReverseMatch):
        shown("{% url 'staff:no_such_page' key %}", key=1)
    with pytest.raises(NoReverseMatch):
        shown("{% url 'staff:no_such_page' %}")
    assert shown("{% url 'staff:no_such_page' as there %}[{{ there }}]") == "[]"


def test_addresses_without_a_value_files_and_all_others():
    assert shown("{% url 'staff:children' %}") == reverse("staff:children")
    assert shown("{% url page %}", page="staff:children") == reverse("staff:children")
    assert shown("{% url page %}", page="staff:today") == reverse("staff:today")
    assert shown("{% url 'staff:child' student_id=7 %}") == reverse("staff:child", args=[7])
    assert shown("{% static 'staff.css' %}") == static("staff.css")
    assert shown("{% static file as there %}{{ there }}", file="icon.svg") == static("icon.svg")


def test_they_are_kept():
    assert nodes("{% translate 'Children' %}", KeptWords)
    assert nodes("{% url 'staff:children' %}", KeptAddress)
    assert nodes("{% url 'staff:child' key %}", AddressOfKey)
    assert nodes("{% static 'staff.css' %}", KeptFile)
    # Anyone who looks for Django's own finds them.
    assert nodes("{% url 'staff:child' key %}", URLNode)
    assert nodes("{% static 'staff.css' %}", StaticNode)


def test_the_blocks_of_what_all_pages_extend_are_looked_up_once(monkeypatch):
    base = Template(
        "{% if true %}{% block one %}1{% endblock %}{% endif %}-{% block two %}2{% endblock %}"
    )
    page = Template("{% extends base %}{% block one %}of the page, {{ block.super }}{% endblock %}")
    other = Template("{% extends base %}{% block two %}{% endblock %}")
    searched = []
    search = NodeList.get_nodes_by_type
    monkeypatch.setattr(
        NodeList,
        "get_nodes_by_type",
        lambda nodes, kind: [searched.append(kind), search(nodes, kind)][1],
    )
    assert page.render(Context({"base": base, "true": True})) == "of the page, 1-2"
    assert BlockNode in searched
    searched.clear()
    assert page.render(Context({"base": base, "true": True})) == "of the page, 1-2"
    assert other.render(Context({"base": base})) == "-"
    assert base.render(Context({"true": True})) == "1-2"
    assert searched == []
