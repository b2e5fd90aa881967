"""Read the office's file into lines, and the cells that could not be read. Pure."""

import re
from datetime import date

from django.utils.translation import gettext as _

from core.names import joined
from core.pinyin import pinyin_of
from rosters import cleaning
from rosters.civil.rules import ID_CHARS, MASK, Theirs, Unread
from rosters.columns import Field, guess, plain
from rosters.reading import read_table
from rosters.rows import Row, rows_of
from uploads.sheets import UnreadableFile

USED = (Field.NAME, Field.BORN_ON, Field.ID_NUMBER, Field.GRADE, Field.CLASS)
WRITTEN_CHARS = 60  # characters of a cell, shown beside what is wrong with it
SCHOOL = re.compile("(所在|就读|在读|现就读)?(学校|就读学校)(名称|全称)?")
# Words found in that column instead of a school, and words by which people call their own school.
NO_SCHOOL = re.compile(
    "[辍失休退]学|未[入上在就]|没[上入有]|不在|离校|毕业|待业|务工|打工|[本我该]校"
)
ANY_SCHOOL = re.compile(
    "[小中]学|[一二三四五六七八九十][小中]|初中|高中|完小|附[小中]|职[教中]|中专|校|学院|幼儿园|教学点"
)
# Parts left out in short names: 大靖小学 is short for 古浪县大靖镇小学, and for 大靖镇中心小学 as well.
NOT_SAID = re.compile(r"[\s()（）·]|中心|完全|[省市县区乡镇村]")
COVERED = re.compile(r"\d{4,14}[*X]{2,12}[\dX]{0,6}")


def read(content: bytes, school: str, today: date) -> tuple[list[Theirs], list[Unread]]:
    """Read the file. Raises UnreadableFile if it is not a list of children."""
    table = read_table(content)
    if table.other_sheets:
        words = _(
            "There are children on several sheets, and only one is read: the others would seem to be missing"
            " from the list. Please put all rows on one sheet, then upload it again."
        )
        sheets = joined([table.sheet, *table.other_sheets])
        raise UnreadableFile(words, [_("Sheets with children: %(names)s.") % {"names": sheets}])
    guessed = guess(table.headers)
    mapping = {str(at): name or "" for at, name in guessed.items() if name in USED}
    fields = set(mapping.values())
    there = _("Columns in the file: %(names)s.") % {
        "names": joined(filter(None, table.headers[:20]))
    }
    if Field.NAME not in fields:
        raise UnreadableFile(_("No column holds the children's names (姓名)."), [there])
    if fields.isdisjoint({Field.BORN_ON, Field.ID_NUMBER}):
        lacks = _(
            "No column holds the date of birth (出生日期) or the identity card number (身份证号)."
            " Names alone cannot be compared."
        )
        raise UnreadableFile(lacks, [there])
    of_school = [at for at, text in enumerate(table.headers) if SCHOOL.fullmatch(plain(text))]
    lines, unread = [], []
    for row in rows_of(table, mapping, {}):
        cells = table.rows[row.number - 1]
        where = next((cleaning.text_of(cells[at]) for at in of_school[:1] if at < len(cells)), "")
        line, wrong = _line_of(row, where, school, today)
        unread += wrong
        if line:
            lines.append(line)
    if not lines and not unread:
        raise UnreadableFile(_("This file has no rows."))
    return lines, unread


def _line_of(row: Row, where: str, school: str, today: date) -> tuple[Theirs | None, list[Unread]]:
    """Read one line. A cell that cannot be read is reported, and the line is compared by its other cells."""
    name = cleaning.clean_name(row.raw.get(Field.NAME))
    day = cleaning.clean_date(row.raw.get(Field.BORN_ON), today)
    # An ID number with hidden digits (620622********0422) is kept as it is.
    cell = row.raw.get(Field.ID_NUMBER)
    text = cleaning.text_of(cell).replace(" ", "").upper()
    if len(text) == ID_CHARS and COVERED.fullmatch(text):
        number = cleaning.Cleaned(text[:-1].replace("X", MASK) + text[-1])
    else:
        number = cleaning.clean_id_number(cell)
    wrong = [
        Unread(
            row.number,
            field.value,
            cleaning.text_of(row.raw.get(field))[:WRITTEN_CHARS],
            found.problem.code,
            found.problem.facts,
        )
        for field, found in (
            (Field.NAME, name),
            (Field.BORN_ON, day),
            (Field.ID_NUMBER, number),
        )
        if found.problem
    ]
    if not name.value:
        return None, wrong
    class_texts = (cleaning.text_of(row.raw.get(one)) for one in (Field.GRADE, Field.CLASS))
    born_on = day.value
    if born_on is None and number.value and MASK not in number.value[6:14]:
        born_on = cleaning.id_birthday(number.value)
    line = Theirs(
        number=row.number,
        name=name.value[:60],
        sounds=pinyin_of(name.value),
        born_on=born_on,
        id_number=number.value,
        place=" ".join(filter(None, [where, *class_texts]))[:WRITTEN_CHARS],
        is_elsewhere=is_other_school(where, school),
    )
    return line, wrong


def is_other_school(where: str, school: str) -> bool:
    """Return whether `where` names another school.

    Only text that names a school, and cannot be a shorter or longer name of ours, counts. A child left
    out by mistake is lost, while one that stays in is asked about.
    """
    if NO_SCHOOL.search(where) or not ANY_SCHOOL.search(where):
        return False
    short, long = sorted((_core(where), _core(school)), key=len)
    rest = iter(long)
    return not all(sign in rest for sign in short)


def _core(name: str) -> str:
    return NOT_SAID.sub("", name).replace("完小", "小学")
