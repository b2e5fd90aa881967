"""Files of strangers: what whoever takes a decoder over would find, and archives that lie about their size.

Before, the workshop could open network connections, start programs, and read what its user may read: the keys
in the environment of the web server that had started it, `.env`, the media of everybody.
"""

import io
import os
import struct
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from socket import create_server

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from classroom.sheets import UnreadableFile as UnreadableSheet
from classroom.sheets import read_sheet
from rosters.oneroster import package
from rosters.reading import read_table
from runtime.layout import ROOT
from surveys.files import xlsform
from surveys.files.found import BadFile
from uploads import remaking, rules, tables, zips
from uploads.rules import BadUpload
from uploads.sheets import UnreadableFile

SHUT = """
import sys, tempfile
from pathlib import Path
from uploads.workshop.__main__ import limit_ourselves
from uploads.workshop.confine import confine
limit_ourselves()
done = confine(Path(tempfile.gettempdir()))
"""


@pytest.fixture
def scratch() -> Iterator[Path]:
    """Where anybody may look: pytest's own folders are closed to nobody."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")


def inside(code: str, scratch: Path) -> str:
    """What this code says, run as the workshop runs a decoder."""
    done = subprocess.run(
        [sys.executable, "-c", SHUT + code],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return (done.stdout + done.stderr).strip()


@LINUX
class TestTakenOver:
    def test_it_reaches_no_network(self, scratch):
        """Gained before: whatever it read, sent to the attacker's server."""
        with create_server(("127.0.0.1", 0)) as server:
            threading.Thread(target=lambda: server.accept(), daemon=True).start()
            port = server.getsockname()[1]
            code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 3)"
            said = inside(f"{code}; print('conn' + 'ected')", scratch)
        assert "connected" not in said
        assert "Operation not permitted" in said

    def test_it_starts_no_program(self, scratch):
        assert "Operation not permitted" in inside(
            "import os; os.execv('/bin/sh', ['sh', '-c', 'echo started'])", scratch
        )

    @pytest.mark.parametrize(
        "path",
        ["/proc/{parent}/environ", "/etc/passwd", "{root}/manage.py", "{root}/.env.example"],
    )
    def test_it_reads_neither_keys_nor_files(self, scratch, path):
        """Gained before: SECRET_KEY and the database's password, out of the web server's environment."""
        if "files" not in inside("print(done)", scratch):
            pytest.skip("this kernel has no Landlock")
        path = path.format(parent=os.getpid(), root=ROOT)
        said = inside(f"print('read', open({path!r}).read(9))", scratch)
        assert "PermissionError" in said

    def test_it_writes_into_its_scratch_folder_alone(self, scratch):
        if "files" not in inside("print(done)", scratch):
            pytest.skip("this kernel has no Landlock")
        assert inside(f"open('{scratch}/a', 'w').write('a'); print('ok')", scratch) == "ok"
        assert "PermissionError" in inside(f"open('{scratch}.elsewhere', 'w')", scratch)

    def test_it_has_no_environment_of_ours_and_no_rights(self, scratch, monkeypatch):
        monkeypatch.setenv("SECRET_KEY", "seen")
        code = "import os; print(os.environ.get('SECRET_KEY'), os.getuid())"
        user = 65534 if os.geteuid() == 0 else os.getuid()
        assert inside(code, scratch) == f"None {user}"

    def test_memory_files_and_threads_have_an_end(self, scratch):
        code = "import resource; print(resource.getrlimit(resource.{}))"
        for limit, most in {
            "RLIMIT_AS": rules.WORKSHOP_MEMORY_BYTES,
            "RLIMIT_NOFILE": rules.WORKSHOP_FILES,
            "RLIMIT_NPROC": rules.WORKSHOP_THREADS,
            "RLIMIT_FSIZE": rules.RECEIVED_BYTES,
            "RLIMIT_CPU": rules.WORKSHOP_CPU_SECONDS,
        }.items():
            assert inside(code.format(limit), scratch) == f"({most}, {most})"


CONTENT = """<?xml version="1.0"?><worksheet xmlns=
"http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>"""
CELL = '<row r="{row}"><c r="{at}" t="inlineStr"><is><t>{text}</t></is></c></row>'
WORKBOOK = {
    "[Content_Types].xml": """<?xml version="1.0"?><Types xmlns=
"http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml"
ContentType="application/xml"/></Types>""",
    "xl/workbook.xml": """<?xml version="1.0"?><workbook xmlns=
"http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r=
"http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a"
sheetId="1" r:id="r1"/></sheets></workbook>""",
    "xl/_rels/workbook.xml.rels": """<?xml version="1.0"?><Relationships xmlns=
"http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type=
"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
Target="worksheets/sheet1.xml"/></Relationships>""",
}


def workbook(sheet: str, **more: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in WORKBOOK.items():
            archive.writestr(name, text)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, data in more.items():
            archive.writestr(name, data)
    return made.getvalue()


def lying(content: bytes, says: int = 100) -> bytes:
    """The same archive, whose headers tell another size of every part."""
    changed = bytearray(content)
    for start, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = changed.find(start)
        while at >= 0:
            struct.pack_into("<I", changed, at + offset, says)
            at = changed.find(start, at + 4)
    return bytes(changed)


# 100 MB of blanks in 100 kB, of which the archive says that it is 100 bytes
BOMB = lying(workbook(CONTENT.format(CELL.format(row=1, at="A1", text="name")), big=b" " * 10**8))
# Two cells: a reader that lays the sheet out needs 17 billion
FAR = workbook(
    CONTENT.format(
        CELL.format(row=1, at="A1", text="name")
        + CELL.format(row=1048576, at="XFD1048576", text="x")
    )
)


def sheet_of(content: bytes):
    return read_sheet(content, {}, today=date(2026, 11, 27), refuse=lambda on: None)


@pytest.mark.parametrize("content", [BOMB, FAR], ids=["lies about its size", "two cells far apart"])
def test_a_workbook_that_unfolds_without_end_is_refused_everywhere(content):
    """Gained before: a web worker that ran out of memory (attendance believed what the archive said; the
    reader laid the far cells' sheet out inside the web server).
    """
    assert len(content) < 200_000
    with pytest.raises(UnreadableFile):
        read_table(content)
    with pytest.raises(BadUpload) as refused:
        tables.sheets(content)
    assert refused.value.trouble in ("table_unfolds", "table_broken")
    with pytest.raises(UnreadableSheet):
        sheet_of(content)


def test_forms_and_packages_count_what_really_comes():
    with pytest.raises(BadFile):
        xlsform.read(BOMB)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.csv", "a")
        for name in ("users", "orgs", "classes", "enrollments"):
            archive.writestr(f"{name}.csv", b" " * (19 * 1024 * 1024))
    with pytest.raises(package.BadPackage):
        package.read(made.getvalue())


@pytest.mark.parametrize(
    ("why", "write"),
    [
        ("unfolds", lambda zip_: [zip_.writestr(f"{i}", b"") for i in range(3000)]),
        ("damaged", lambda zip_: zip_.writestr("a", b"a", zipfile.ZIP_LZMA)),
        ("damaged", lambda zip_: [zip_.writestr("a", b"a"), zip_.writestr("a", b"b")]),
        ("unfolds", lambda zip_: zip_.writestr("a", b" " * 2_000_000, zipfile.ZIP_DEFLATED)),
    ],
    ids=["many entries", "a method that takes memory", "a name twice", "large"],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_odd_archives_are_not_made_anew(why, write):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        write(archive)
    with pytest.raises(zips.BadZip) as refused:
        zips.repacked(made.getvalue(), 1_000_000)
    assert refused.value.why == why


def test_the_decoders_work_as_nobody_without_files(each_file_to_the_workshop):
    photo = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(photo, "JPEG")
    assert remaking.remake_photo(ContentFile(photo.getvalue())).facts["width"] == 640
