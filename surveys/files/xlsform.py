"""Read XLSForm (.xlsx) with pyxform's own tables of sheets, headers and types.

Relevance, constraints and calculations are shown, never evaluated. Source: xlsform.org. XLSForm leaves the
columns `score` and `weight` of the choices free; we read them as the weight of an answer.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from surveys.files.found import (
    BadFile,
    Found,
    FoundItem,
    FoundOption,
    Notes,
    checked,
    has_twice,
    language_of,
    plain,
)
from uploads import zips
from uploads.rules import BadUpload, Trouble
from uploads.tables import form_of

UNPACKED_BYTES_MAX = 8 * 1024 * 1024  # a form of 500 questions unpacks to half a megabyte
WEIGHT_COLUMNS = ("score", "weight")
EXPRESSIONS = ("calculate", "readonly", "jr:count", "repeat_count", "choice_filter", "trigger")
_LANGUAGE = re.compile(r"\(([A-Za-z-]+)\)\s*$")  # "English (en)"
FROM_FILE = ""  # the list that is in a second file
Row = Mapping[str, Any]
Lists = dict[str, list[FoundOption]]


def is_zip(content: bytes) -> bool:
    return content.startswith(b"PK\x03\x04")


def read(content: bytes, listed: Iterable[Row] = ()) -> Found:
    """Read a form. `listed`: rows of the CSV from which a `select_one_from_file` takes its answers.

    Raises BadFile if it is no XLSForm, is too large when unpacked, or uses a name twice in one group.
    """
    survey, choices, settings = _sheets(unfolded(content))
    notes = Notes()
    survey = _named_by_path(survey, notes)
    language = _code_of(str(settings.get("default_language") or ""))
    lists: Lists = {}
    for row in choices:
        list_name, code = str(row.get("list name", "")), str(row.get("name", ""))
        if not list_name or not code:
            continue
        stated = [str(row[name]) for name in WEIGHT_COLUMNS if row.get(name) is not None]
        is_whole = stated and re.fullmatch(r"-?\d{1,4}", stated[0])
        texts = _texts(row.get("label"), language, notes, f"{list_name}: {code}")
        option = FoundOption(code, texts, int(stated[0]) if is_whole else None)
        lists.setdefault(list_name, []).append(option)
    lists[FROM_FILE] = _from_file(list(listed), survey, language, notes)
    items = [item for row in survey if (item := _item(row, lists, language, notes))]
    # The text of the first note or group mostly asks the question for all items.
    kinds = [str(row.get("type", "")).lower() for row in survey]
    headings = [
        row
        for row, kind in zip(survey, kinds, strict=True)
        if row.get("label") and (kind == "note" or kind.startswith("begin"))
    ]
    opening = headings[0] if headings else {}
    name = str(opening.get("name", ""))
    return Found(
        title=plain(settings.get("title") or settings.get("id_string"), notes, "title"),
        items=tuple(items),
        remarks=notes.told(),
        intro=next(iter(_texts(opening.get("label"), language, notes, name).values()), ""),
    )


def _named_by_path(survey: Iterable[Row], notes: Notes) -> list[Row]:
    """Return each row under its own name, or under a path with its groups if several groups use the name.

    XLSForm allows that. A question in a repeat is asked several times there, and once here.
    """
    within: list[tuple[str, str]] = []  # (kind, name) of the groups around a row
    paths = []
    for row in survey:
        kind = str(row.get("type", "")).lower().replace("_", " ").strip()
        if kind.startswith("end "):
            del within[-1:]
            continue
        name = str(row.get("name") or "")
        paths.append((row, "/".join([*(group for _kind, group in within), name])))
        if kind.startswith("begin "):
            within.append((kind, name))
        elif name and kind.startswith("select") and any("repeat" in each for each, _ in within):
            notes.add("repeat", name)
    checked([path for row, path in paths if row.get("name")])
    counts = Counter(str(row.get("name")) for row, _path in paths)
    return [
        {**row, "name": path} if row.get("name") and counts[str(row["name"])] > 1 else row
        for row, path in paths
    ]


def _from_file(
    listed: Sequence[Row], survey: Iterable[Row], language: str, notes: Notes
) -> list[FoundOption]:
    """Return the answers of a CSV with the columns `name` and `label`, `label::English (en)` or similar.

    Raises BadFile if no question takes its answers from a file, or if questions take them from several.
    """
    if not listed:
        return []
    kinds = [str(row.get("type", "")).split() for row in survey]
    wanted = sorted({kind[1] for kind in kinds if len(kind) > 1 and "." in kind[1]})
    if len(wanted) != 1:
        raise BadFile("beside_several" if wanted else "beside_unused", ", ".join(wanted)[:200])
    found = []
    for row in listed:
        code = str(row.get("name") or "")
        label = {
            head.partition("::")[2] or "default": words
            for head, words in row.items()
            if head.partition("::")[0] == "label"
        }
        if not code or not label:
            raise BadFile("beside_without")
        found.append(FoundOption(code, _texts(label, language, notes, code)))
    return found


def unfolded(content: bytes) -> bytes:
    """Repack the archive, counting every part: we do not trust the size it states. Raises BadFile."""
    try:
        return zips.repacked(content, UNPACKED_BYTES_MAX)
    except zips.BadZip as bad:
        raise BadFile("unfolds" if bad.why == "unfolds" else "not_xlsform") from None


def _sheets(content: bytes) -> tuple[list[Row], list[Row], Row]:
    """Return rows under pyxform's names for columns; a label is a text or {language: text}."""
    # Imported here: few requests need it, and it is large.
    from pyxform import aliases
    from pyxform.errors import PyXFormError
    from pyxform.parsing.sheet_headers import dealias_and_group_headers
    from pyxform.question import MultipleChoiceQuestion, Option

    def sheet(name: str, known: Mapping[str, Any], columns: Iterable[str]) -> list[Row]:
        if not book.get(name):
            return []
        made = dealias_and_group_headers(
            sheet_name=name,
            sheet_data=book[name],
            sheet_header=book.get(f"{name}_header", []),
            header_aliases=dict(known),
            header_columns=set(columns),
        )
        return [row for row in made.data if row]

    try:
        book = form_of(content)
        survey = sheet("survey", aliases.survey_header, MultipleChoiceQuestion.get_slot_names())
        choices = sheet("choices", aliases.list_header, Option.get_slot_names())
        settings = sheet("settings", aliases.settings_header, ())
    except BadUpload as bad:
        code = "unfolds" if bad.trouble == Trouble.TABLE_UNFOLDS else "not_xlsform"
        raise BadFile(code) from bad
    except PyXFormError as error:
        raise BadFile("not_xlsform", str(error)[:200]) from error
    except Exception as error:
        # Reading a damaged workbook may raise any exception.
        raise BadFile("not_xlsform") from error
    if not survey or not any("type" in row for row in survey):
        raise BadFile("not_xlsform")
    return survey, choices, settings[0] if settings else {}


def _item(row: Row, lists: Lists, language: str, notes: Notes) -> FoundItem | None:
    """Return a question with one answer to choose; None, with a remark, for everything else."""
    name, kind = str(row.get("name") or row.get("type", "")), str(row.get("type", "")).strip()
    rules = row.get("bind")
    parts = {**(rules if isinstance(rules, dict) else {}), **row}
    if parts.get("relevant"):
        notes.add("condition", f"{name}: {plain(parts['relevant'], notes, name)}")
    if any(str(parts.get(one) or "") not in ("", "yes", "no") for one in EXPRESSIONS):
        notes.add("expression", name)
    parsed = _select(kind, row, name, notes)
    if parsed is None:
        return None
    command, list_name, has_other = parsed
    if parts.get("constraint"):
        notes.add("constraint", f"{name}: {plain(parts['constraint'], notes, name)}")
    if str(parts.get("required") or "no").lower() not in ("no", "false", "false()"):
        notes.add("required", name)
    if command != "select one":
        notes.add("not_a_choice", name)
        return None
    if has_other:
        notes.add("free_answer", name)
    is_elsewhere = "." in list_name
    options = lists.get(FROM_FILE if is_elsewhere else list_name, [])
    twice = has_twice(options)
    if not options or twice:
        code = "option_twice" if twice else "value_set_elsewhere" if is_elsewhere else "no_options"
        notes.add(code, f"{name}: {list_name}" if is_elsewhere else name)
        return None
    return FoundItem(name, _texts(row.get("label"), language, notes, name), tuple(options))


def _select(kind: str, row: Row, name: str, notes: Notes) -> tuple[str, str, bool] | None:
    """Return (command as pyxform names it, list, whether other answers may be typed).

    None, with a remark, for any other type.
    """
    from pyxform import aliases
    from pyxform.question_type_dictionary import QUESTION_TYPE_DICT
    from pyxform.xls2json import RE_BEGIN_CONTROL, RE_END_CONTROL, RE_SELECT

    found, low = RE_SELECT.search(kind), kind.lower()
    if found is not None:
        command = aliases.select[found["select_command"]]
        return command, found["list_name"], bool(found["specify_other"])
    if RE_END_CONTROL.search(low):
        return None
    if RE_BEGIN_CONTROL.search(low) or low == "note":
        if row.get("label"):
            notes.add("text_left_out", name)
    elif low == "calculate":
        notes.add("expression", name)
    elif low in QUESTION_TYPE_DICT or low in aliases._type_alias_map:
        notes.add("not_a_choice", name)
    else:
        notes.add("unknown_type", f"{name}: {kind}")
    return None


def _texts(label: object, language: str, notes: Notes, where: str) -> dict[str, str]:
    """Return {language: text}.

    A label without a language has the form's language, else that of its script.
    """
    given = label if isinstance(label, dict) else {"default": label}
    found = {}
    for name, words in given.items():
        text = plain(words, notes, where)
        if text:
            stated = language if name == "default" else _code_of(str(name))
            found[language_of(text, stated)] = text
    return found


def _code_of(name: str) -> str:
    """Return the language code: "English (en)" → en; "default", which names none, → ""."""
    coded = _LANGUAGE.search(name)
    if coded:
        return coded[1]
    known = {"english": "en", "chinese": "zh", "中文": "zh", "汉语": "zh"}
    low = name.lower().strip()
    return "" if low == "default" else known.get(low, low)
