"""What `./test` runs: each journey in a browser, once, and each beside its like."""

from runtime.layout import ROOT

TESTS = ROOT / "tests"
MARK = "pytest.mark." + "browser"  # not in one piece: this file is looked through, too


def test_what_needs_a_browser_lies_where_browsers_are_and_says_so():
    """`./test` takes journeys by their folder, and leaves out by the mark what the other tests are."""
    marked = {path for path in TESTS.rglob("test_*.py") if MARK in path.read_text(encoding="utf-8")}
    assert marked == set((TESTS / "journeys").glob("test_*.py"))
