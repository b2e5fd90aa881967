"""The words of a question: what it is about, in one SMS, and nothing of a child."""

import pytest

from messaging.texts import question

SMS_CHARS = 70  # of one SMS in Chinese; a longer one costs two
URL = "https://jq.gl.gov.cn/f/c/1a2b-3c4d-0123456789abc/"


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize(
    ("language", "subject"), [("zh-hans", "每周联系"), ("en", "weekly check-in")]
)
def test_it_names_what_it_is_about(language, subject, again):
    made = question(
        language=language, url=URL, school="黄羊川小学", teacher_surname="张", again=again
    )
    assert subject in made.body
    assert subject in made.subject
    assert URL in made.body
    assert language != "zh-hans" or len(made.body) <= SMS_CHARS


def test_the_schools_own_sentence_stays_as_it_is():
    made = question(
        language="zh-hans", url=URL, school="黄羊川小学", teacher_surname="张", again=False,
        own_words="这周和孩子通话了吗？",
    )  # fmt: skip
    assert "这周和孩子通话了吗？" in made.body
