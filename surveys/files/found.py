"""What we found in a file, before anybody has said what it is."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from surveys.conditions import Rule, read_rules
from surveys.instruments import ITEMS_MAX, LANGUAGES

CHARS_MAX = 8_000_000  # of all texts of a form; the longest public ones have some 100,000
_TAG = re.compile(r"<[^<>]*>")
_HAN = re.compile(r"[\u4e00-\u9fff]")
# Languages of files as Django writes them; others keep their own name.
_LANGUAGES = {
    "zh": "zh-hans",
    "zh-cn": "zh-hans",
    "zh-hans": "zh-hans",
    "zh-hans-cn": "zh-hans",
    "zh-tw": "zh-hant",
    "zh-hk": "zh-hant",
    "zh-hant": "zh-hant",
}


class BadFile(ValueError):
    """A file that cannot be taken: `code` says why (surveys.files.words), `where` at what."""

    def __init__(self, code: str, where: str = ""):
        super().__init__(f"{code} {where}".strip())
        self.code, self.where = code, where


@dataclass(frozen=True)
class Remark:
    """Something at one place of the file that we did not understand, or left out on purpose."""

    code: str
    where: str = ""


@dataclass(frozen=True)
class FoundOption:
    code: str
    texts: dict[str, str]
    weight: int | None = None  # as the file itself states it


@dataclass(frozen=True)
class FoundItem:
    id: str
    texts: dict[str, str]
    options: tuple[FoundOption, ...]
    codes: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()  # by ids and codes of the file


@dataclass(frozen=True)
class Found:
    title: str
    items: tuple[FoundItem, ...]
    remarks: tuple[Remark, ...] = ()
    copyright: str = ""
    intro: str = ""  # text above the first questions

    @property
    def has_weights(self) -> bool:
        return all(option.weight is not None for item in self.items for option in item.options)

    def check_size(self) -> None:
        """Raise BadFile if it grows too large.

        Many questions may share one list of answers, and each keeps a copy.
        """
        size = 0
        for item in self.items:
            for texts in (item.texts, *(option.texts for option in item.options)):
                size += 1 + sum(map(len, texts.values()))
                if size > CHARS_MAX:
                    raise BadFile("unfolds")

    def with_languages_told(self) -> "Found":
        """Add remarks about languages.

        There is one for each language that nobody here reads, and for each of ours in which text is missing.
        """
        texts = {item.id: item.texts for item in self.items}
        known = {language for each in texts.values() for language in each}
        told = [Remark("language", one) for one in sorted(known - set(LANGUAGES))]
        for language in LANGUAGES:
            lacking = [name for name, each in texts.items() if language not in each]
            if language in known and lacking:
                told.append(Remark("language_partly", f"{language}: {', '.join(lacking)}"[:200]))
        return replace(self, remarks=(*self.remarks, *told))

    def item(self, item_id: str) -> FoundItem | None:
        return next((one for one in self.items if one.id == item_id), None)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def from_json(given: Mapping[str, Any]) -> Found:
    return Found(
        title=given["title"],
        items=tuple(
            FoundItem(
                id=item["id"],
                texts=item["texts"],
                options=tuple(FoundOption(**option) for option in item["options"]),
                codes=tuple(item["codes"]),
                rules=read_rules(item.get("rules", ())),
            )
            for item in given["items"]
        ),
        remarks=tuple(Remark(**one) for one in given["remarks"]),
        copyright=given["copyright"],
        intro=given["intro"],
    )


@dataclass
class Notes:
    """Remarks in the order in which they come up; the same one is kept once."""

    remarks: dict[Remark, None] = field(default_factory=dict)
    chars: int = 0

    def read(self, chars: int) -> None:
        """Count characters; a workbook stores a text once and may show it in a hundred thousand cells."""
        self.chars += chars
        if self.chars > CHARS_MAX:
            raise BadFile("unfolds")

    def add(self, code: str, where: str = "") -> None:
        self.remarks.setdefault(Remark(code, where[:200]))

    def told(self) -> tuple[Remark, ...]:
        return tuple(self.remarks)


def plain(text: object, notes: Notes, where: str) -> str:
    """Return text without markup. Raises BadFile.

    Pages show it as text, so nothing of a file runs.
    """
    said = str(text or "")
    notes.read(len(said))
    bare = _TAG.sub("", said)
    if bare != said:
        notes.add("markup", where)
    return " ".join(bare.split())


def language_of(text: str, stated: str = "") -> str:
    """Return the language as stated, else by the script: Han is Chinese."""
    if stated:
        return _LANGUAGES.get(stated.lower(), stated.lower().split("-")[0])
    return "zh-hans" if _HAN.search(text) else "en"


def has_twice(options: Iterable[FoundOption]) -> bool:
    """Return whether two answers share a code, so that a filled-in form would not say which was meant."""
    codes = [one.code for one in options]
    return len(set(codes)) < len(codes)


def checked(ids: Iterable[str]) -> None:
    """Raise BadFile for an id that appears twice, or for too many questions."""
    counts = Counter(ids)
    for name, count in counts.items():
        if count > 1:
            raise BadFile("item_twice", name)
    if len(counts) > ITEMS_MAX:
        raise BadFile("too_many_items", str(len(counts)))
