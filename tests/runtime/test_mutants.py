"""`./test mutants`: which lines and tests it chooses, and that it tells a caught fault from a survivor."""

import shutil
import subprocess

import pytest

from runtime import mutants
from runtime.mutants import EVERY_LINE, changed, changed_lines, held_by, mutants_of, named, try_all

RULES = "def may_call(hour: int | None, *, asleep: bool) -> bool:\n    return hour >= 8 and not asleep\n"
DIFF = """\
diff --git a/guardians/rules.py b/guardians/rules.py
--- a/guardians/rules.py
+++ b/guardians/rules.py
@@ -3 +3 @@ def one():
-    return 1
+    return 2
@@ -10,2 +9,0 @@ def two():
-    a = 1
-    b = 1
@@ -20,0 +18,3 @@ def three():
+    c = 1
+    d = 1
+    e = 1
diff --git a/guardians/old.py b/guardians/old.py
--- a/guardians/old.py
+++ /dev/null
@@ -1,2 +0,0 @@
-a = 1
-b = 1
"""


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A project of its own, with one rule and no Django."""
    (tmp_path / "room").mkdir()
    (tmp_path / "room/rules.py").write_text(RULES)
    (tmp_path / "room/views.py").write_text("PAGE = 1 + 1\n")
    (tmp_path / "tests/room").mkdir(parents=True)
    (tmp_path / "tests/access").mkdir()
    (tmp_path / "tests/access/test_safety_numbers.py").write_text("def test_none():\n    pass\n")
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    for name, value in {"NAME": "a", "EMAIL": "a@example.org"}.items():
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{name}", value)
    return tmp_path


def git(room, *words):
    subprocess.run(["git", *words], cwd=room, check=True, capture_output=True)


def test_lines_that_a_diff_adds_or_changes():
    assert changed_lines(DIFF) == {"guardians/rules.py": {3, 18, 19, 20}}


@pytest.mark.skipif(not shutil.which("git"), reason="without git there are no changed lines")
def test_what_a_branch_and_an_open_editor_change(room):
    git(room, "init", "-q", "-b", "main")
    git(room, "add", ".")
    git(room, "commit", "-q", "-m", "Begin")
    git(room, "switch", "-q", "-c", "branch")
    (room / "room/rules.py").write_text(f"{RULES}\n\nLIMIT = 3\n")
    git(room, "commit", "-q", "-a", "-m", "Set a limit")
    (room / "room/rules.py").write_text(f"{RULES}\n\nLIMIT = 3\nMOST = 4\n")
    (room / "room/policies.py").write_text("OPEN = True\n")
    (room / "room/views.py").write_text("PAGE = 1 + 2\n")
    (room / "tests/room/rules.py").write_text("CASES = 1\n")

    new = {"room/policies.py": EVERY_LINE}
    assert changed(room, None) == {"room/rules.py": {3, 4, 5, 6}, **new}
    assert changed(room, "HEAD") == {"room/rules.py": {6}, **new}
    with pytest.raises(SystemExit, match="git diff"):
        changed(room, "no-such-commit")


def test_what_is_named(room):
    assert named(room, ["room"]) == {"room/rules.py": EVERY_LINE}
    assert named(room, ["room/views.py"]) == {"room/views.py": EVERY_LINE}
    for wrong in ("room/none.py", "../elsewhere"):
        with pytest.raises(SystemExit, match=wrong):
            named(room, [wrong])


def test_the_tests_that_hold_a_file():
    numbers = "tests/access/test_safety_numbers.py"
    assert held_by("guardians/clock/rules.py") == ("tests/guardians", numbers)
    assert held_by("guardians/hours.py") == ("tests/guardians",)
    assert held_by("students/policies.py") == ("tests/students", "tests/access")
    assert held_by("threads/actions/own.py") == ("tests/threads", "tests/inverses")
    assert held_by("students/roster_actions.py") == ("tests/students", "tests/inverses")


def test_faults_stand_in_the_chosen_lines_and_in_no_type(room):
    assert not list(mutants_of(room, "room/rules.py", {1}))
    found = {mutants.difference(room, mutant) for mutant in mutants_of(room, "room/rules.py", {2})}
    line = "-    return hour >= 8 and not asleep\n+    return hour "
    assert found == {
        line + "> 8 and not asleep",
        line + "< 8 and not asleep",
        line + ">= 9 and not asleep",
        line + ">= 7 and not asleep",
        line + ">= 8 or not asleep",
        line + ">= 8 and  asleep",
    }


def test_the_second_half_of_an_act_is_left_out(room):
    (room / "room/actions.py").write_text(
        "def end(row):\n    row.end()\n    tell(row)\n    return row\n"
    )
    found = [
        mutants.difference(room, one) for one in mutants_of(room, "room/actions.py", EVERY_LINE)
    ]
    assert found == ["-    row.end()\n+    pass", "-    tell(row)\n+    pass"]


def test_a_fault_that_no_test_notices_survives(room, capsys):
    (room / "tests/room/test_rules.py").write_text(
        "from room.rules import may_call\n\n\n"
        "def test_morning():\n"
        "    assert may_call(9, asleep=False)\n    assert not may_call(7, asleep=False)\n"
    )
    tried = [one for one in mutants_of(room, "room/rules.py", {2}) if "Gt" in one.operator]

    survivors = try_all(room, tried)

    assert [one.operator for one in survivors] == ["core/ReplaceComparisonOperator_GtE_Gt"]
    assert mutants.difference(room, survivors[0]).endswith("+    return hour > 8 and not asleep")
    assert (room / "room/rules.py").read_text() == RULES
    assert "1/2 " in capsys.readouterr().out


def test_nothing_is_known_where_tests_fail_by_themselves(room, capsys):
    (room / "tests/room/test_rules.py").write_text("def test_never():\n    assert False\n")
    with pytest.raises(SystemExit, match="without any fault"):
        try_all(room, list(mutants_of(room, "room/rules.py", {2})))
