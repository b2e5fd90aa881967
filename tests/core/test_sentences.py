"""Sentences that stand one after the other have a space between them in English, and none in Chinese."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Template
from django.template.context import Context
from django.utils.translation import gettext, override

from core.sentences import in_a_row

BOTH = Template('{% load i18n %}{% translate "Ground:" %}{% space %}{% translate "Save" %}')
JOINED = re.compile(
    r'\{% translate "([^"]+)" %\}(?:\{% endif %\})? +(?:\{% if [^%]+%\})?\{% (?:block)?translate'
)
WIDE = "。：！？；，、"


def test_only_chinese_sentences_touch():
    with override("en"):
        assert BOTH.render(Context()) == "Ground: Save"
        assert in_a_row(["One.", "Two."]) == "One. Two."
    with override("zh-hans"):
        assert BOTH.render(Context()) == gettext("Ground:") + gettext("Save")
        assert in_a_row(["一。", "二。"]) == "一。二。"


@pytest.mark.parametrize("folder", sorted((settings.BASE_DIR / "templates").iterdir()))
def test_no_template_sets_a_plain_space_after_a_wide_stop(folder: Path):
    found = []
    with override("zh-hans"):
        for path in folder.rglob("*.html") if folder.is_dir() else [folder]:
            for english in JOINED.findall(path.read_text()):
                if gettext(english)[-1] in WIDE:
                    found.append(f"{path.name}: {english}")
    assert found == []
