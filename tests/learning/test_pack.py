"""Reading a pack: whole, or every fault by file and line, and then nothing of it."""

import pytest

from learning import pack, shipped
from learning.pack import Fault, Trouble
from tests.factories.learning import HEARD, PICTURE, about, files, text


def faults(**changed) -> list[Fault]:
    found, wrong = pack.read(files(**changed))
    assert found is None
    return wrong


def test_a_whole_pack():
    found, wrong = pack.read(files())
    assert not wrong
    assert [one.key for one in found.lessons] == ["praise", "calling"]
    praise, calling = found.lessons
    assert (praise.audience, praise.ages) == (("away", "home"), None)
    assert (calling.audience, calling.ages) == (("away",), (6, 12))
    said = praise.texts["zh-hans"]
    assert said.title == "夸他做了什么"
    assert said.read == ("说您看见的。", "一次说一件。", "小事也算。")
    assert said.heard == tuple(HEARD.split("\n\n"))


def test_the_digest_is_of_every_file_of_the_lesson_and_of_nothing_else():
    first, *_rest = pack.read(files())[0].lessons
    same = pack.read(files(calling__en_md=text("Another")))[0].lessons[0]
    other = pack.read(files(praise__en_md=text("Another")))[0].lessons[0]
    assert same.digest == first.digest != other.digest


@pytest.mark.parametrize(("name", "at_least"), [("jiaqiao", 24), ("classroom", 12)])
def test_ours_are_whole_in_both_languages_and_name_their_sources(name, at_least):
    assert name in shipped.names()
    found, wrong = pack.read(shipped.files_of(name))
    assert wrong == []
    assert len(found.lessons) >= at_least
    for lesson in found.lessons:
        assert set(lesson.texts) == set(pack.LANGUAGES)
        assert lesson.sources


CASES = {
    "no pack.toml": ({"pack_toml": None}, "pack.toml", Trouble.MISSING, 0),
    "a missing lesson": ({"praise__lesson_toml": None}, "praise/lesson.toml", Trouble.MISSING, 0),
    "a missing text": ({"praise__en_md": None}, "praise/en.md", Trouble.MISSING, 0),
    "a missing picture": ({"praise__picture_svg": None}, "praise/picture.svg", Trouble.MISSING, 0),
    "another encoding": (
        {"praise__zh_hans_md": text("夸").decode().encode("gb18030")},
        "praise/zh-hans.md",
        Trouble.NOT_UTF8,
        2,
    ),
    "no head": ({"praise__en_md": b"# Praise\n"}, "praise/en.md", Trouble.NO_HEAD, 1),
    "a head that is no TOML": (
        {"praise__en_md": text("x").replace(b'week = "', b"week = ")},
        "praise/en.md",
        Trouble.NOT_TOML,
        4,
    ),
    "no week": (
        {"praise__en_md": text("x").replace(b"week", b"weak")},
        "praise/en.md",
        Trouble.FIELD,
        0,
    ),
    "a script": (
        {"praise__en_md": text("x", "Hear this.\n\n<script>alert(1)</script>")},
        "praise/en.md",
        Trouble.MARKUP,
        16,
    ),
    "a link": (
        {"praise__en_md": text("x", "[Here](https://example.org)")},
        "praise/en.md",
        Trouble.MARKUP,
        14,
    ),
    "two sentences": (
        {"praise__en_md": text("x").replace("3. 小事也算。\n".encode(), b"")},
        "praise/en.md",
        Trouble.NOT_THREE,
        7,
    ),
    "four sentences": (
        {"praise__en_md": text("x").replace("3. 小".encode(), "3. 大\n4. 小".encode())},
        "praise/en.md",
        Trouble.NOT_THREE,
        7,
    ),
    "nothing to hear": ({"praise__en_md": text("x", "")}, "praise/en.md", Trouble.NO_WORDS, 12),
    "a voice of an hour": (
        {"praise__zh_hans_md": text("x", "说。" * 9000)},
        "praise/zh-hans.md",
        Trouble.TOO_LONG,
        12,
    ),
    "for nobody": ({"praise__lesson_toml": about("")}, "praise/lesson.toml", Trouble.FIELD, 0),
    "for the teacher": (
        {"praise__lesson_toml": about('"school"')},
        "praise/lesson.toml",
        Trouble.FIELD,
        0,
    ),
    "ages turned round": (
        {"praise__lesson_toml": about('"home"', "ages = [12, 6]")},
        "praise/lesson.toml",
        Trouble.FIELD,
        0,
    ),
    "a picture that is none": (
        {"praise__picture_svg": b"GIF89a"},
        "praise/picture.svg",
        Trouble.NOT_SVG,
        0,
    ),
    "a picture with entities": (
        {"praise__picture_svg": b'<!DOCTYPE a [<!ENTITY b "c">]>' + PICTURE.encode()},
        "praise/picture.svg",
        Trouble.NOT_SVG,
        0,
    ),
    "a heavy picture": (
        {"praise__picture_svg": PICTURE.encode() + b" " * 12_000},
        "praise/picture.svg",
        Trouble.TOO_LONG,
        0,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_told_by_file_and_line(case):
    changed, file, trouble, line = CASES[case]
    assert [(one.file, one.trouble, one.line) for one in faults(**changed)] == [
        (file, trouble, line)
    ]


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<path onload="alert(1)" d="M0 0"/>',
        '<a href="https://example.org"><path d="M0 0"/></a>',
        '<image href="https://example.org/a.png"/>',
        "<foreignObject/>",
        "<style>path{fill:url(https://example.org)}</style>",
        '<path fill="url(https://example.org/a)" d="M0 0"/>',
        '<path style="fill:red" d="M0 0"/>',
        "<animate/>",
    ],
)
def test_a_picture_only_draws(inside):
    drawing = PICTURE.replace("</svg>", inside + "</svg>").encode()
    assert [one.trouble for one in faults(praise__picture_svg=drawing)] == [Trouble.ACTIVE_SVG]


def test_all_faults_at_once():
    wrong = faults(praise__en_md=None, calling__picture_svg=None)
    assert {one.file for one in wrong} == {"praise/en.md", "calling/picture.svg"}


def test_a_key_leads_nowhere_else():
    given = files()
    given["pack.toml"] = given["pack.toml"].replace(b'"praise"', b'"../praise"')
    found, wrong = pack.read(given)
    assert found is None
    assert [(one.trouble, one.name) for one in wrong] == [(Trouble.FIELD, "lessons")]
