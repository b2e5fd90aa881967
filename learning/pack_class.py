"""Read a lesson for a class: the teacher's steps, what to do when something comes up, and the pupils' page.

Its Markdown has a head, then four parts, each under a heading `# `: the steps (`## 5 Opening`: minutes and
name), cases (`## A child cries`), what is never done (a list), and the hand-out (`## ` its title; a paragraph
`___` is a line to write on). What applies to every lesson (a child who cries, tells of violence, wants to
die) is in `always.<language>.md`, once for the pack: two parts, cases and what is never done. It is added to
each lesson and is part of its digest, so that somebody reads the lesson again when it changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from learning.pack_files import Reader, Trouble, paragraphs, plain_lines, written

# Our own figures: what a teacher takes in on two pages in front of a class, and a child on one.
HEAD_AT_MOST = {"topic": 40, "title": 60, "aim": 300, "needs": 300, "home": 300, "picture": 200}
TEACHER_AT_MOST = {"zh-hans": 1800, "en": 6000}  # characters of steps and cases
HANDOUT_AT_MOST = {"zh-hans": 300, "en": 900}  # characters; one page, with room to write
MINUTES = range(35, 41)
GRADES = range(1, 10)
PART, SUB, ITEM, LINE = "# ", "## ", "- ", "___"


@dataclass(frozen=True)
class Section:
    """A heading and its paragraphs; `minutes` of a step, 0 for everything else."""

    title: str
    said: tuple[str, ...]
    minutes: int = 0


@dataclass(frozen=True)
class ClassText:
    """A lesson for a class in one language."""

    topic: str
    title: str
    aim: str
    needs: str  # what the teacher brings
    home: str  # a sentence to take home
    picture: str  # a description of the picture
    steps: tuple[Section, ...]
    cases: tuple[Section, ...]  # when something comes up
    never: tuple[str, ...]
    handout: Section


@dataclass
class _Part:
    line: int
    loose: list[str] = field(default_factory=list)  # lines before the first section
    sections: list[tuple[str, list[str]]] = field(default_factory=list)


def always_file(language: str) -> str:
    return f"always.{language}.md"


def read_class_text(reader: Reader, file: str, language: str, minutes: int) -> ClassText | None:
    before = len(reader.faults)
    found = written(reader, file, HEAD_AT_MOST)
    always = _always(reader, language)
    if found is None or always is None:
        return None
    parts = _parts(found.lines, found.first)
    if len(parts) != 4 or not parts[0].sections or len(parts[3].sections) != 1:
        reader.fault(file, Trouble.NOT_FOUR, found.first + 1)
        return None
    lesson = parts[0]
    taught = []
    for section in _sections(lesson):
        number, _, title = section.title.partition(" ")
        taken = int(number) if number.isdecimal() and number.isascii() else 0
        if not taken or not title.strip() or not section.said:
            reader.fault(file, Trouble.MINUTES, lesson.line, section.title)
        taught.append(Section(title.strip(), section.said, taken))
    if sum(one.minutes for one in taught) != minutes:
        reader.fault(file, Trouble.MINUTES, lesson.line)
    steps = tuple(taught)
    cases = (*_sections(parts[1]), *_sections(always[0]))
    handout = _sections(parts[3])[0]
    _check_length(reader, file, lesson, [*steps, *cases], TEACHER_AT_MOST[language])
    _check_length(reader, file, parts[3], [handout], HANDOUT_AT_MOST[language])
    if len(reader.faults) > before:
        return None
    never = (*_items(parts[2]), *_items(always[1]))
    return ClassText(**found.head, steps=steps, cases=cases, never=never, handout=handout)


def _always(reader: Reader, language: str) -> list[_Part] | None:
    file = always_file(language)
    lines = plain_lines(reader, file)
    parts = _parts(lines or [], 0)
    if lines is not None and (len(parts) != 2 or not parts[0].sections or not _items(parts[1])):
        reader.fault(file, Trouble.NOT_FOUR)
        return None
    return parts if lines is not None else None


def _parts(lines: Sequence[str], first: int) -> list[_Part]:
    parts: list[_Part] = []
    for number, line in enumerate(lines[first:], first + 1):
        if line.startswith(PART):
            parts.append(_Part(number))
        elif parts and line.startswith(SUB):
            parts[-1].sections.append((line.removeprefix(SUB).strip(), []))
        elif parts and parts[-1].sections:
            parts[-1].sections[-1][1].append(line)
        elif parts:
            parts[-1].loose.append(line)
    return parts


def _sections(part: _Part) -> tuple[Section, ...]:
    return tuple(Section(title, paragraphs(lines)) for title, lines in part.sections)


def _items(part: _Part) -> tuple[str, ...]:
    return tuple(line.removeprefix(ITEM).strip() for line in part.loose if line.startswith(ITEM))


def _check_length(
    reader: Reader, file: str, part: _Part, sections: Sequence[Section], most: int
) -> None:
    if sum(len(said) for one in sections for said in one.said) > most:
        reader.fault(file, Trouble.TOO_LONG, part.line)
