"""Write a questionnaire as XLSForm, for ODK, KoboToolbox and SurveyCTO.

The format has no sums, bands or urgent answers, so these are left out; the column `score` holds what an
answer adds to a sum, reversed if the item is.
"""

import re

from core.downloads import saved
from surveys.conditions import EXISTS, Condition, is_met
from surveys.instruments import LANGUAGES, Instrument, Item, Option, Texts

# Characters that no spreadsheet holds; openpyxl would refuse the file.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NAMES = {"zh-hans": "中文 (zh)", "en": "English (en)"}


def write(instrument: Instrument) -> bytes:
    # Imported here, because openpyxl loads NumPy.
    from openpyxl import Workbook

    languages = [name for name in LANGUAGES if any(name in item.texts for item in instrument.items)]
    labels = [f"label::{_NAMES[name]}" for name in languages]
    # Items whose answers and weights are the same share one list.
    lists: list[tuple[tuple[Option, ...], bool]] = []
    book = Workbook()
    survey = book.active
    survey.title = "survey"
    _add(survey, ["type", "name", *labels, "relevant"])
    if instrument.intro:
        _add(survey, ["note", "intro", *_words(instrument.intro, languages), ""])
    for item in instrument.items:
        if (item.options, item.is_reversed) not in lists:
            lists.append((item.options, item.is_reversed))
        name = _list_name(lists.index((item.options, item.is_reversed)))
        rules = [
            (" or " if rule.is_any else " and ").join(
                _condition(one, instrument.item(one.item)) for one in rule.when
            )
            for rule in item.rules
        ]
        relevant = " and ".join(f"({one})" for one in rules)
        _add(survey, [f"select_one {name}", item.id, *_words(item.texts, languages), relevant])
    choices = book.create_sheet("choices")
    _add(choices, ["list_name", "name", *labels, "score"])
    for place, (options, is_reversed) in enumerate(lists):
        answers = Item("", options, is_reversed=is_reversed)
        for one in options:
            score = "" if one.value is None else str(answers.counted(one.value))
            _add(choices, [_list_name(place), one.code, *_words(one.texts, languages), score])
    settings = book.create_sheet("settings")
    _add(settings, ["form_title", "form_id", "version", "default_language"])
    title = next((instrument.names[one] for one in languages if one in instrument.names), "")
    default = _NAMES[languages[0]] if languages else ""
    _add(settings, [title, instrument.key, str(instrument.version), default])
    return saved(book)


def _list_name(place: int) -> str:
    return f"answers_{place + 1}"


def _add(sheet, values: list[str]) -> None:
    """Add a row as text, even if a value begins like a formula."""
    row = sheet.max_row + 1 if sheet.cell(1, 1).value is not None else 1
    for column, value in enumerate(values, 1):
        cell = sheet.cell(row, column)
        cell.value, cell.data_type = _NO_TEXT.sub("", value), "s"


def _words(texts: Texts, languages: list[str]) -> list[str]:
    return [texts.get(name, "") for name in languages]


def _condition(one: Condition, question: Item | None) -> str:
    """List the answers that meet it, because XLSForm knows no weights."""
    codes = [option.code for option in question.options] if question else []
    if one.operator == EXISTS:
        return f"${{{one.item}}} {'!=' if one.answer else '='} ''"
    met = [code for code in codes if is_met(one, question, code)]
    if is_met(one, question, ""):  # also if the question is not answered
        met.append("")
    written = " or ".join(f"${{{one.item}}} = '{code}'" for code in met)
    return f"({written})" if written else "false()"
