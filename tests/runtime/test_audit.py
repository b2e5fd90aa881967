"""A look at known holes that was none is not called a clean one."""

import json
import sys

import pytest

from runtime import audit
from runtime.audit import holes_of_node, holes_of_python

CLEAN = {"dependencies": [{"name": "django", "version": "5.2", "vulns": []}]}
HOLE = {"dependencies": [{"name": "django", "version": "5.2", "vulns": [{"id": "PYSEC-1"}]}]}
# As pip-audit and npm answer where no data are to be had; both end with status 0 or say "0 vulnerabilities".
NO_DATA = {
    "dependencies": [{"name": "django", "skip_reason": "Dependency not found on PyPI"}],
    "fixes": [],
}
REFUSED = {"message": "405 Method Not Allowed", "error": {"summary": "", "detail": ""}}


@pytest.mark.parametrize(
    ("told", "holes"), [(CLEAN, []), (HOLE, ["django 5.2: PYSEC-1"]), (NO_DATA, None), ({}, None)]
)
def test_of_python(told, holes):
    assert holes_of_python(told) == holes


@pytest.mark.parametrize(
    ("told", "holes"),
    [
        ({"vulnerabilities": {}}, []),
        ({"vulnerabilities": {"bootstrap": {"severity": "high"}}}, ["bootstrap: high"]),
        (REFUSED, None),
        ({}, None),
    ],
)
def test_of_node(told, holes):
    assert holes_of_node(told) == holes


@pytest.mark.parametrize(
    ("python", "node", "status", "words"),
    [
        (CLEAN, {"vulnerabilities": {}}, 0, "pip-audit: nothing known"),
        (HOLE, REFUSED, 1, "pip-audit: django 5.2: PYSEC-1"),
        (NO_DATA, REFUSED, 0, "npm audit: skipped"),
    ],
)
def test_a_hole_fails_and_a_skipped_look_is_named(monkeypatch, capsys, python, node, status, words):
    """By programs that answer so."""
    for name, told in (("PYTHON", python), ("NODE", node)):
        say = f"print({json.dumps(json.dumps(told))})"
        monkeypatch.setattr(audit, name, [sys.executable, "-c", say])
    assert audit.main() == status
    assert words in capsys.readouterr().out


def test_a_tool_that_is_missing_is_no_look():
    assert audit.ask(["no-such-tool-anywhere"]) == {}
    assert audit.ask([sys.executable, "-c", "print('not JSON')"]) == {}
