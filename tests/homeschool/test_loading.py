"""What is loaded before processes are forked is shared, small, and holds no connection."""

import json
import subprocess
import sys

from tests.faults.processes import ROOT, environment

LARGE = ("numpy", "scipy", "pyxform", "weasyprint", "av", "openpyxl", "PIL", "pypinyin")
# `sockets`: what the process itself holds open when it has loaded everything.
CODE = f"""
import django, gc, json, os, sys
django.setup()
import surveys.statistics
from homeschool.celery import app
app.loader.import_default_modules()
from homeschool import loading
loading.load_to_share()
from pathlib import Path
links = [str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
print(json.dumps({{
    "large": [name for name in {LARGE!r} if name in sys.modules],
    "sockets": [link for link in links if link.startswith("socket:")],
    "frozen": gc.get_freeze_count(),
    "left": len(gc.get_objects()),
}}))
"""


def test_what_processes_share_is_small_and_holds_no_connection():
    said = subprocess.check_output(
        [sys.executable, "-c", CODE], cwd=ROOT, env=environment(), text=True, timeout=120
    )
    found = json.loads(said.splitlines()[-1])
    assert found["large"] == []
    assert found["sockets"] == []
    assert found["frozen"] > 100 * found["left"]
