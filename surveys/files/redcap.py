"""REDCap data dictionary, as JSON (also with choices as objects) or as the CSV that REDCap writes.

A REDCap code is a name, not a weight: a definition says what a code counts (surveys.files.matching).
"""

from collections.abc import Iterable, Mapping
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

CHOICES = ("radio", "dropdown")
# The answers of yes/no questions, whose text REDCap itself provides.
YES_NO = {
    "yesno": ({"en": "Yes", "zh-hans": "是"}, {"en": "No", "zh-hans": "否"}),
    "truefalse": ({"en": "True", "zh-hans": "对"}, {"en": "False", "zh-hans": "错"}),
}
# How the headings of REDCap's CSV begin.
HEADS = {
    "variable": "field_name",
    "form name": "form_name",
    "field type": "field_type",
    "field label": "field_label",
    "choices": "select_choices_or_calculations",
    "branching": "branching_logic",
    "required": "required_field",
    "section header": "section_header",
    "field annotation": "field_annotation",
}
Row = Mapping[str, Any]


def named(rows: Iterable[Row]) -> list[Row]:
    """Return CSV rows under the names of the JSON, which a CSV may use as well."""
    found: list[Row] = []
    for row in rows:
        lowered = {head.strip().strip('"').lower(): value for head, value in row.items() if head}
        found.append(
            {
                next((name for start, name in HEADS.items() if head.startswith(start)), head): value
                for head, value in lowered.items()
            }
        )
    return found


def read(rows: list[Row]) -> Found:
    """Read a dictionary. Raises BadFile if it is not one, or a field appears twice."""
    if not rows or not all("field_name" in row and "field_type" in row for row in rows):
        raise BadFile("redcap_data" if any("record_id" in row for row in rows) else "not_known")
    notes = Notes()
    checked([str(row["field_name"]) for row in rows])
    items = [item for row in rows if (item := _item(row, notes, is_first=row is rows[0]))]
    return Found(
        title=plain(rows[0].get("form_name"), notes, "form_name"),
        items=tuple(items),
        remarks=notes.told(),
        intro=plain(rows[0].get("section_header"), notes, str(rows[0]["field_name"])),
    )


def _item(row: Row, notes: Notes, *, is_first: bool) -> FoundItem | None:
    name, kind = str(row["field_name"]), str(row["field_type"])
    if row.get("section_header") and not is_first:
        notes.add("text_left_out", name)
    if kind == "calc":
        notes.add("expression", name)
        return None
    if kind not in CHOICES and kind not in YES_NO:
        notes.add("not_a_choice", name)
        return None
    if str(row.get("required_field") or "").lower() == "y":
        notes.add("required", name)
    if "@" in str(row.get("field_annotation") or ""):
        notes.add("expression", f"{name}: {plain(row['field_annotation'], notes, name)}")
    if row.get("branching_logic"):
        notes.add("condition", f"{name}: {plain(row['branching_logic'], notes, name)}")
    label = plain(row.get("field_label"), notes, name)
    if kind in YES_NO:
        yes, no = YES_NO[kind]
        options = [FoundOption("1", yes), FoundOption("0", no)]
    else:
        options = _options(row, notes, name)
    if not options or has_twice(options):
        notes.add("option_twice" if options else "no_options", name)
        return None
    return FoundItem(name, {language_of(label): label} if label else {}, tuple(options))


def _options(row: Row, notes: Notes, name: str) -> list[FoundOption]:
    """Read "0, Not at all | 1, Several days", or a list of {"code", "label"}."""
    given = row.get("select_choices_or_calculations") or ""
    if isinstance(given, list):
        pairs = [
            (str(one.get("code", "")), one.get("label")) for one in given if isinstance(one, dict)
        ]
    else:
        pairs = [
            (code.strip(), label)
            for code, _, label in (one.partition(",") for one in str(given).split("|"))
        ]
    found = []
    for code, label in pairs:
        text = plain(label, notes, name)
        if code:
            found.append(FoundOption(code, {language_of(text): text} if text else {}))
    return found
