"""Turn rows from another system into a roster file, so that they pass the same preview, import and undoing.

Pure.
"""

import csv
import io
from collections.abc import Mapping, Sequence

from rosters.columns import Field

# Headings as schools write them, so that the sheet is read like any other (rosters.columns).
HEADERS: dict[Field, str] = {
    Field.NAME: "姓名",
    Field.SEX: "性别",
    Field.BORN_ON: "出生日期",
    Field.ID_NUMBER: "身份证号",
    Field.STUDENT_NUMBER: "学籍号",
    Field.GRADE: "年级",
    Field.CLASS: "班级",
    Field.IS_BOARDING: "是否寄宿",
    Field.DORMITORY: "宿舍",
    Field.VILLAGE: "村",
    Field.ADDRESS: "家庭住址",
    Field.FATHER_NAME: "父亲姓名",
    Field.FATHER_PHONE: "父亲电话",
    Field.FATHER_PLACE: "父亲务工地点",
    Field.MOTHER_NAME: "母亲姓名",
    Field.MOTHER_PHONE: "母亲电话",
    Field.MOTHER_PLACE: "母亲务工地点",
    Field.PARENTS_PLACE: "父母务工地点",
    Field.IS_LEFT_BEHIND: "是否留守",
    Field.CARER_NAME: "监护人姓名",
    Field.CARER_RELATION: "监护人与学生关系",
    Field.CARER_PHONE: "监护人电话",
    Field.FAMILY_PHONE: "家庭电话",
}
MAPPING = {column: field.value for column, field in enumerate(HEADERS)}
FIRST_LINE = 2  # of the rows; line 1 is the header
# The reader of a sheet detects its separator by counting characters; these replacements read back
# as the originals.
_WIDE = str.maketrans({",": "，", ";": "；"})


def content_of(rows: Sequence[Mapping[str, str]]) -> bytes:
    """Return a CSV file with one line for each row, whatever its cells contain."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADERS.values())
    for row in rows:
        cells = (row.get(field.value, "") for field in HEADERS)
        writer.writerow(" ".join(cell.split()).translate(_WIDE) for cell in cells)
    return stream.getvalue().encode("utf-8-sig")


def row_of(line: int) -> int:
    """Return the position of a row in what the system sent, from 0."""
    return line - FIRST_LINE
