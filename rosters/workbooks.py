"""The empty roster to download, and the list of what an import did."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.downloads import put_row, saved
from rosters.presenters import ResultView

if TYPE_CHECKING:
    pass

AS_TEXT = "@"  # cell format in which Excel does not change long numbers
EXAMPLE = "例："  # rosters.rows leaves out a row that begins with this


# Heading, example, hint, width (characters).
COLUMNS: list[tuple[str, str, str | Promise, int]] = [
    ("姓名", "王小雨", gettext_lazy("As in the household booklet."), 12),
    ("性别", "女", gettext_lazy("男 or 女"), 6),
    ("出生日期", "2016-05-04", gettext_lazy("Any common format works."), 13),
    ("身份证号", "", gettext_lazy("18 characters. Optional."), 22),
    ("学籍号", "", gettext_lazy("Optional."), 22),
    ("班级", "三年级2班", gettext_lazy("Grade and class."), 12),
    ("是否寄宿", "是", gettext_lazy("是 or 否"), 9),
    ("村", "黄羊川村", "", 12),
    ("家庭住址", "古浪县黄羊川镇黄羊川村12号", "", 28),
    ("父亲姓名", "王建军", gettext_lazy("If he has died, write 已故 after the name."), 12),
    (
        "父亲电话",
        "13893510001",
        gettext_lazy("One cell may hold two numbers. Start foreign numbers with +."),
        16,
    ),
    ("父亲务工地", "新疆库尔勒", gettext_lazy("If he is at home, write 在家."), 14),
    ("母亲姓名", "李芳", "", 12),
    ("母亲电话", "13893510002", "", 16),
    ("母亲务工地", "在家", "", 14),
    ("监护人姓名", "李秀兰", gettext_lazy("Who looks after the child at home."), 12),
    ("与学生关系", "奶奶", "", 12),
    ("监护人电话", "13893510003", "", 16),
]


def template() -> bytes:
    """Return a workbook with hints at the headings and one example row, which the import leaves out."""
    # Imported only when needed: openpyxl loads NumPy.
    from openpyxl import Workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill

    book = Workbook()
    sheet = book.active
    sheet.title = "花名册"
    for at, (header, example, hint, width) in enumerate(COLUMNS, 1):
        head = sheet.cell(1, at, header)
        head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor="E6F0EE")
        if hint:
            head.comment = Comment(str(hint), "家桥")
        cell = sheet.cell(2, at, f"{EXAMPLE}{example}" if at == 1 else example)
        cell.font = Font(italic=True, color="808080")
        letter = head.column_letter
        sheet.column_dimensions[letter].width = width
        for row in range(2, 1200):
            sheet.cell(row, at).number_format = AS_TEXT
    sheet.freeze_panes = "B2"
    return saved(book)


def result(views: Iterable[tuple[str, ResultView]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment

    book = Workbook()
    sheet = book.active
    sheet.append([_("Row"), _("Name"), _("Result"), _("Details")])
    for row, (kind, view) in enumerate(views, 2):
        details = []
        for line in view.lines:
            change = f"{line.before} → {line.text}" if line.before else line.text
            details.append(" ".join(filter(None, (line.label, change, line.said))))
        put_row(sheet, row, [view.number, view.name, kind, "\n".join(details)])
    for letter, width in zip("ABCD", (8, 14, 10, 90), strict=True):
        sheet.column_dimensions[letter].width = width
    for cell in sheet["D"]:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    return saved(book)
