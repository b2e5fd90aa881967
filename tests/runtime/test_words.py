import re
from pathlib import Path
from string import Formatter

import pytest

from runtime import words

LOCAL = Path(words.__file__).parent


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", words.SENTENCES)
def test_both_languages_say_the_same(key):
    english, chinese = words.SENTENCES[key]
    assert placeholders(english) == placeholders(chinese)
    assert not re.search(r"[\u4e00-\u9fff]", english)


def test_every_sentence_is_used_and_every_used_one_exists():
    source = "".join(path.read_text() for path in LOCAL.rglob("*.py") if path.name != "words.py")
    said = set(re.findall(r"""(?:sentence|Trouble|failure|install)\(\s*["'](\w+)["']""", source))
    said |= set(re.findall(r'"(try_\d)"', source))
    assert said == set(words.SENTENCES)


@pytest.mark.parametrize(
    ("names", "chinese"),
    [
        ({}, False),
        ({"LANG": "C.UTF-8"}, False),
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, False),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, True),
    ],
)
def test_the_language_follows_the_locale(monkeypatch, names, chinese):
    for name in ("LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    assert words.speaks_chinese() is chinese


# Names by which makemessages knows a text to translate; under another one it would be lost silently.
KNOWN_AS = re.compile(r"\b(n?p?gettext(?:_lazy|_noop)?) as (?!_\b)\w+")


def test_every_text_is_found_by_makemessages():
    rooms = [path for path in LOCAL.parents[1].iterdir() if (path / "__init__.py").exists()]
    sources = [path for room in rooms for path in room.glob("**/*.py")]
    hidden = [str(path) for path in sources if KNOWN_AS.search(path.read_text(encoding="utf-8"))]
    assert hidden == []
