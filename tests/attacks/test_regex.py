"""Patterns on strangers' text take time linear to it, and no table of a stranger takes the server's memory.

Before: a roster of 800 kB with one cell of brackets kept a process for six minutes; a workbook of 8 kB
unfolded to a sheet on which one pattern ran for hours; one of 2 kB with a cell at the far end of the sheet
ended the web process at once; an administrator's pattern ran without limit in the worker of all schools.
"""

import ast
import csv
import io
import json
import time
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from classroom import sheets
from counselling.pool.rules import Known, telling
from delivery import dispatch
from delivery.channels.sms_gateway import patterns
from delivery.incoming import rules as incoming_rules
from delivery.models import Attempt, ChannelAccount, OutboxMessage
from rosters import cleaning, columns, family_cells, reading
from rosters.models import RosterImport
from surveys.files import BadFile, read_file
from surveys.files.matching import _number_in
from tests.delivery.conftest import _no_rests, gateway, sms  # noqa: F401 - fixtures
from tests.messaging.test_board import sign_in
from tests.sinks import Answer
from uploads.responses import part_of

ROOT = Path(__file__).resolve().parents[2]
# Characters: by the square, each of the old patterns took minutes for it.
LONG = 400_000
CPU_SECONDS = 10.0  # of this process, however busy the machine; linear work takes a fraction of one


class Quick:
    """Says how much of the processor's time was spent inside."""

    def __enter__(self) -> None:
        self.began = time.process_time()

    def __exit__(self, *exception) -> None:
        spent = time.process_time() - self.began
        assert spent < CPU_SECONDS, f"{spent:.1f} s"


NASTY = {
    "brackets": "(" * LONG,
    "brackets and words": "(社区" * (LONG // 3),
    "dots": "·" * LONG + "王",
    "figures": "1" * LONG + "x1",
    "spaces": "1389351" + " " * LONG + "x",
    "dashes": "王" + "-" * LONG + "。",
    "marks": "a" + "\u0301\u0316" * (LONG // 2),
    "dated": "2026-" * (LONG // 5),
    "places": "省" * LONG,
    "exponents": "1." + "0" * LONG + "E",
    "letters": "a" * LONG + "\u00b2",
}


@pytest.mark.parametrize("kind", NASTY)
def test_no_cell_of_a_roster_takes_time_by_its_square(kind):
    text = NASTY[kind]
    with Quick():
        for clean in (
            cleaning.clean_name,
            family_cells.clean_adult_name,
            family_cells.condition_of,
            family_cells.condition_in,
            cleaning.clean_id_number,
            cleaning.clean_student_number,
            cleaning.clean_phones,
            family_cells.clean_relation,
            family_cells.clean_place,
            cleaning.clean_sex,
            cleaning.clean_boarding,
            cleaning.parse_class,
            cleaning.clean_line(80),
        ):
            clean(text)
        cleaning.clean_date(text, cleaning.date(2026, 11, 27))
        columns.guess([text] * 40)
        columns.header_texts([[text] * 40, [text] * 40], 1)


def test_what_is_longer_than_any_field_is_told():
    long = "王" * 5000
    assert cleaning.clean_name(long).problem.code == "name_odd"
    assert cleaning.clean_line(80)(long).problem.code == "too_long"
    assert cleaning.clean_phones("13893510001 " * 500).problem.code == "too_long"


@pytest.fixture
def admin(client, cast):
    return sign_in(client, cast, "admin")


def uploaded(client, content: bytes, name: str):
    return client.post(reverse("rosters:upload"), {"file": SimpleUploadedFile(name, content)})


def test_a_roster_of_brackets_is_read_and_checked(admin):
    """Over HTTP, as the school's administrator: upload, columns, preview."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["姓名", "性别", "班级", "父亲姓名", "(" * 100_000])
    for name in ("徐梦瑶", "徐小龙", "徐小虎", "王小龙", "王小虎", "王小雨"):
        rows.writerow(
            [name, "女", "三年级2班", "(" * 130_000, "x"]
        )  # the most that a CSV's cell holds
    with Quick():
        assert uploaded(admin, out.getvalue().encode(), "花名册.csv").status_code == 302
        roster = RosterImport.objects.get()
        page = admin.get(reverse("rosters:columns", args=[roster.pk]))
        values = {field.html_name: field.value() for field, _ in page.context["fields"]}
        values = {name: value or "" for name, value in values.items()}
        admin.post(reverse("rosters:columns", args=[roster.pk]), values)
        assert admin.get(reverse("rosters:preview", args=[roster.pk])).status_code == 200


# --- Workbooks ---------------------------------------------------------------------------------

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    "</Relationships>",
}


def workbook(rows: str, shared: str = "") -> bytes:
    """An XLSX by hand: what no program would write."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in PARTS.items():
            archive.writestr(name, content)
        sheet = f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>'
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{SHEET}">{shared}</sst>')
    return out.getvalue()


FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
SAME = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 5000))


@pytest.mark.parametrize(
    "sheet", [b'<c r="A1"', b'<c r="A1"><f', b'<c r="A1"><f></f> ', b"<c", b"<f>"]
)
def test_no_sheet_takes_time_by_its_square(sheet):
    """8 kB, and 8 MB once it is unfolded."""
    content = workbook((sheet * (8_000_000 // len(sheet))).decode())
    assert len(content) < 40_000
    with Quick(), pytest.raises(reading.UnreadableFile):
        reading.read_table(content)


def test_a_tail_of_spaces_does_not_either():
    content = workbook('<c r="A1"><f>1</f>' + " " * 8_000_000)
    with Quick(), pytest.raises(reading.UnreadableFile):
        reading.read_table(content)


@pytest.mark.parametrize("rows", [FAR, SAME], ids=["a far cell", "one text in many cells"])
def test_a_small_workbook_ends_no_web_process(admin, rows):
    content = workbook(rows, f"<si><t>{'(' * 1_000_000}</t></si>")
    assert len(content) < 50_000
    page = uploaded(admin, content, "花名册.xlsx")  # before: no answer, the process had ended
    assert page.status_code == 422 or page.context["form"].errors
    assert not RosterImport.objects.exists()
    with pytest.raises(sheets.UnreadableFile):
        sheets._rows(content)
    with pytest.raises(BadFile):
        read_file(content)


# --- An administrator's pattern ------------------------------------------------------------------

EVIL = ["(x+x+)+y", "(.*a){25}b", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$"]


@pytest.mark.parametrize("rule", EVIL)
def test_a_pattern_does_not_hold_up_the_worker(rule):
    with Quick():
        for text in ("x" * 20_000, "a" * 20_000, "ax" * 10_000):
            patterns.finds(rule, text)


def test_the_shared_worker_goes_on(admin, cast, gateway):  # noqa: F811
    """As the administrator of a school: a pattern in the form, and an answer made for it."""
    typed = {
        "is_enabled": "on", "method": "POST", "content_type": "application/json",
        "url": "https://sms.example.com/", "body": '{"to": "{phone}"}', "refused_regex": EVIL[0],
    }  # fmt: skip
    admin.post("/check-ins/channels/new/sms/", typed)
    account = ChannelAccount.objects.get()
    account.config |= gateway.config()
    account.save()
    gateway.default = Answer(200, "x" * 19_000)
    admin.post(f"/check-ins/channels/{account.pk}/test/", {"address": "13893510001"})
    with Quick():
        dispatch.drain()
    assert Attempt.objects.get().message == OutboxMessage.objects.get(kind="test")


@pytest.mark.parametrize(
    ("rule", "is_taken"),
    [
        ("空号|停机", True),
        (r"(?i)refused\s+\d{3}", True),
        (r"(a)\1", False),
        ("(?=a)", False),
        ("(?<!a)b", False),
        ("[", False),
        ("a{1001}", False),
        ("((a{100}){100}){100}", False),
        ("a" * 201, False),
    ],
)
def test_what_cannot_be_run_so_is_said_at_the_field(admin, rule, is_taken):
    typed = {
        "method": "POST", "content_type": "application/json", "url": "https://sms.example.com/",
        "body": '{"to": "{phone}"}', "refused_regex": rule,
    }  # fmt: skip
    page = admin.post("/check-ins/channels/new/sms/", typed)
    if is_taken:
        assert page.status_code == 302
    else:
        assert list(page.context["form"].errors) == ["refused_regex"]


# --- Siblings ------------------------------------------------------------------------------------


def test_words_of_families_notes_and_files():
    with Quick():
        incoming_rules.plain("." * LONG + "a" + "。" * LONG)
        assert incoming_rules.plain("  “已通话！” ") == "已通话"
        assert _number_in("1" * LONG + "a1") == "1"
        assert _number_in("phq_09a") == ""
        assert _number_in("phq_09") == "9"
        telling("1" * LONG + "。" + "三" * LONG, Known())
        options = [f"{code}, a" for code in range(60_000)]
        row = {"field_name": "a", "field_type": "radio", "field_label": "<" * 200_000}
        read_file(_json([row | {"select_choices_or_calculations": "|".join(options)}]))


def _json(rows: list) -> bytes:
    return json.dumps(rows).encode()


def test_a_span_of_many_figures_breaks_nothing():
    assert part_of(b"abc", "bytes=" + "9" * 5000 + "-") is None
    assert part_of(b"abc", "bytes=0-1").content == b"ab"


# --- Every module that uses `re` on strangers' text has been looked at -------------------------------

# Module → why its patterns take no time by the square of a text. A new one is looked at, and named here.
REVIEWED = {
    "core/downloads.py": "one class of signs",
    "core/grave_words.py": "fixed words",
    "core/phones.py": "digits in groups of fixed lengths",
    "core/prepared.py": "the text of our own statements; fixed words",
    "core/requests.py": "one class of signs",
    "uploads/speaking.py": "digits in groups of fixed lengths, one separator between them",
    "doors/staff/filing/words.py": "fixed words, of names that our own code gives",
    "doors/held.py": "fixed words, of names of our own fields",
    "runtime/environment.py": "what pip says of its settings; no stranger",
    "classroom/sheets.py": "parts of one kind of sign each, anchored at the start of a cell",
    "counselling/pool/rules.py": "words of at most 300 characters; repeats have a limit or disjoint signs",
    "homeschool/management/commands/upgrade_check.py": "the version that pg_dump says; no stranger",
    "runtime/bundle/debs.py": "what apt and the system say; no stranger",
    "runtime/bundle/making.py": "a line of our own pyproject.toml; no stranger",
    "runtime/bundle/wheels.py": "names in wheels that the lock knows by their hash",
    "runtime/server/installing.py": "a key that age has just written; no stranger",
    "runtime/mutants.py": "our own sources and what git says of them; no stranger",
    "runtime/frontend.py": "the version that npm says; no stranger",
    "runtime/processes.py": "lines of our own logs; no stranger",
    "delivery/channels/sms_gateway/channel.py": "placeholders of the settings; the rules run by RE2",
    "delivery/channels/email/channel.py": "at most 2,000 characters; a word is looked for 60 signs on",
    "delivery/channels/http.py": "one class of signs, and one sign",
    "delivery/forms.py": "one class of signs, of bounded length",
    "messaging/ladder/forms.py": "one class of signs",
    "delivery/presenters/demo_phone.py": "our own messages; the link begins with a fixed word",
    "guardians/zones.py": "at most 80 characters of a place; words without repeats",
    "rosters/civil/reading.py": "a heading of at most 200 characters, a number of 18, fixed words",
    "rosters/civil/rules.py": "one class of signs",
    "rosters/cleaning.py": "at most 1,000 characters of a cell",
    "rosters/family_cells.py": "at most 1,000 characters of a cell",
    "rosters/columns.py": "at most 200 characters of a heading",
    "uploads/sheets.py": "no part passes over another <; none gives back what it has read",
    "schools/founding/forms.py": "one class of signs, at most twenty",
    "schools/hotlines.py": "figures and dashes in turn, of a number that we wrote",
    "surveys/files/found.py": "a tag has no < inside; all texts together have a limit",
    "surveys/files/xlsform.py": "a code between brackets; at most four figures",
    "surveys/files/xlsform_out.py": "one sign at a time",
    "delivery/channels/wechat/form.py": "one sign at a time",
    "uploads/responses.py": "a header, at most 15 figures twice",
    "uploads/rules.py": "the first 32 bytes of a file",
}
OURS = sorted(
    path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests"
)


def _imports_re(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        if {"re", "regex"} & set(names):
            return True
    return False


def test_each_module_with_patterns_was_looked_at():
    """`re` gives back what it has read: where strangers choose the text, RE2, or a reason here."""
    found = {
        str(path.relative_to(ROOT))
        for name in OURS
        for path in (ROOT / name).rglob("*.py")
        if _imports_re(path)
    }
    assert found - set(REVIEWED) == set(), "look at its patterns, then say here why they are linear"
    assert set(REVIEWED) - found == set(), "no longer uses re"
