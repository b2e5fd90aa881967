"""`./test mutants`: puts small faults into a copy of the code, one by one, and shows which no test notices.

`runtime/suite.py` runs it with the packages of `.venv/`.
"""

import argparse
import ast
import difflib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Container, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import parso
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.plugins import get_operator

from runtime.layout import ROOT, VENV_PYTHON
from runtime.suite import NORMAL

GOAL = 90  # per cent of the faults that tests should catch (docs/decisions/0163)
# Files that decide something, inside the apps. Any other Python file can be named.
DECIDING = (
    "*/rules.py", "*/policies.py", "*actions.py", "*/actions/*.py", "*/dispatch/*.py", "*/hours.py",
    "*/replay.py", "surveys/scoring.py", "surveys/conditions.py", "surveys/statistics.py",
)  # fmt: skip
# A file is held by the tests of its app, tests/<app>/, and these files by others as well.
ALSO_HELD_BY = (
    ("*rules.py", "tests/access/test_safety_numbers.py"),
    ("*policies.py", "tests/access"),
    ("*actions*", "tests/inverses"),
)
# Made by `./start` and `./test`; the copy links to them.
MADE = (".venv", "node_modules", "static/dist", "locale/zh_Hans/LC_MESSAGES/django.mo")
EVERY_LINE = range(1, sys.maxsize)
DATABASE = "test_jiaqiao_mutants"
# A fault that makes tests this much slower counts as caught: it does not come to an end.
LIMIT_TIMES, LIMIT_SECONDS = 3, 30
NOTHING_COLLECTED = 5  # pytest's status; such tests notice nothing
# A few changes for each sign. Cosmic Ray knows eleven for a plus; most of those end in a TypeError, which any
# test catches, and would only make the share look better.
OPERATORS = tuple(
    f"core/{name}"
    for name in (
        "AddNot", "ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue",
        "ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ZeroIterationForLoop",
        "ExceptionReplacer", "RemoveDecorator", "NumberReplacer",
        *(f"ReplaceComparisonOperator_{pair}" for pair in (
            "Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is", "Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt",
            "Lt_GtE", "GtE_Lt", "Gt_LtE", "LtE_Gt",
        )),
        *(f"ReplaceBinaryOperator_{pair}" for pair in (
            "Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "BitAnd_BitOr", "BitOr_BitAnd",
        )),
        *(f"ReplaceUnaryOperator_Delete_{name}" for name in ("Not", "Invert", "USub")),
    )
)  # fmt: skip


class SkipCall(Operator):
    """Leave out a statement that only calls something: the second half of an act."""

    def mutation_positions(self, node):
        if node.type != "simple_stmt" or node.children[0].type not in ("atom_expr", "power"):
            return
        called = node.children[0]
        if called.children[-1].type == "trailer" and called.children[-1].children[0] == "(":
            yield called.start_pos, called.end_pos

    def mutate(self, node, index):
        first = node.get_first_leaf()
        node.children[0] = parso.python.tree.Keyword("pass", first.start_pos, prefix=first.prefix)
        return node

    @classmethod
    def examples(cls):
        return (Example("tell(parent)", "pass"),)


@dataclass(frozen=True)
class Mutant:
    """One fault: the `occurrence`-th place in the file where the operator fits."""

    path: str
    line: int
    operator: str
    occurrence: int

    def code(self, before: str) -> str:
        return mutate_code(before, operator_called(self.operator), self.occurrence)


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    chosen = named(ROOT, options.paths) if options.paths else changed(ROOT, options.since)
    mutants = [mutant for path in sorted(chosen) for mutant in mutants_of(ROOT, path, chosen[path])]
    print(f"{len(mutants)} faults fit into {len(chosen)} files", flush=True)
    if options.sample and options.sample < len(mutants):
        print(f"tried: {options.sample} of them, drawn with seed {options.seed}", flush=True)
        mutants = random.Random(options.seed).sample(mutants, options.sample)  # noqa: S311 (no secret)
    if not mutants:
        return 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jiaqiao-mutants-") as folder:
        copy_tree(ROOT, Path(folder))
        survivors = try_all(Path(folder), mutants)
        for mutant in survivors:
            change = difference(Path(folder), mutant)
            print(f"\n{mutant.path}:{mutant.line}  {mutant.operator}\n{change}")
    caught = len(mutants) - len(survivors)
    share = 100 * caught / len(mutants)
    minutes = (time.monotonic() - began) / 60
    print(f"\ncaught {caught} of {len(mutants)}: {share:.1f} % (goal {GOAL} %), {minutes:.1f} min")
    return 0 if share >= GOAL else 1


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="./test mutants", description=__doc__)
    found.add_argument(
        "paths", nargs="*", help="whole files, or folders; without any: changed lines"
    )
    found.add_argument(
        "--since", help="changed since this commit (default: since the branch left main)"
    )
    found.add_argument("--sample", type=int, help="try only this many faults")
    found.add_argument("--seed", type=int, default=0, help="draws another sample")
    return found


def stop(*_: object) -> None:
    """End as after an error, so that the tests and the copy go; a second signal does not disturb that."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise SystemExit(130)


def decides(path: str) -> bool:
    return not path.startswith("tests/") and any(fnmatch(path, like) for like in DECIDING)


def named(root: Path, words: list[str]) -> dict[str, Container[int]]:
    found: set[str] = set()
    for word in words:
        place = (root / word).resolve()
        if not place.is_relative_to(root):
            raise SystemExit(f"✗ {word} does not belong to this project.")
        if place.is_file() and place.suffix == ".py":
            found.add(str(place.relative_to(root)))
        elif place.is_dir():
            files = (str(path.relative_to(root)) for path in place.rglob("*.py"))
            found.update(filter(decides, files))
        else:
            raise SystemExit(f"✗ {word} is neither a folder nor a Python file.")
    return dict.fromkeys(found, EVERY_LINE)


def changed(root: Path, since: str | None) -> dict[str, Container[int]]:
    """Return the lines that this branch and what is not committed yet change, in files that decide."""
    base = since or left_main_at(root)
    prefixes = ("--src-prefix=a/", "--dst-prefix=b/")
    diff = git(
        root, "diff", "--unified=0", "--no-color", "--no-ext-diff", *prefixes, base, "--", "*.py"
    )
    new = git(root, "ls-files", "--others", "--exclude-standard", "--", "*.py").splitlines()
    found: dict[str, Container[int]] = {**changed_lines(diff), **dict.fromkeys(new, EVERY_LINE)}
    return {path: lines for path, lines in found.items() if decides(path)}


def left_main_at(root: Path) -> str:
    for name in ("origin/main", "main"):
        with suppress(SystemExit):
            return git(root, "merge-base", "HEAD", name).strip()
    return "HEAD"


def changed_lines(diff: str) -> dict[str, set[int]]:
    """Read which lines of the new files `git diff --unified=0` names."""
    found: dict[str, set[int]] = {}
    lines: set[int] = set()
    for text in diff.splitlines():
        if text.startswith("+++ b/"):
            lines = found.setdefault(text.removeprefix("+++ b/"), set())
        if hunk := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", text):
            first, count = int(hunk[1]), int(hunk[2] or 1)
            lines.update(range(first, first + count))
    return {path: lines for path, lines in found.items() if lines}


def git(root: Path, *words: str) -> str:
    asked = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    if asked.returncode:
        raise SystemExit(f"✗ git {words[0]}: {asked.stderr.strip()}")
    return asked.stdout


def mutants_of(root: Path, path: str, lines: Container[int]) -> Iterator[Mutant]:
    code = (root / path).read_text(encoding="utf-8")
    tree, types = get_ast(code), list(annotations(code))
    for name in ("SkipCall", *OPERATORS):
        operator = operator_called(name)
        nodes = (
            (node, place) for node in ast_nodes(tree) for place in operator.mutation_positions(node)
        )
        for occurrence, (node, (first, last)) in enumerate(nodes):
            is_type = any(begins <= first < ends for begins, ends in types)
            is_chosen = any(line in lines for line in range(first[0], last[0] + 1))
            if is_chosen and not is_type and not is_bare_sign(node):
                yield Mutant(path, first[0], name, occurrence)


def operator_called(name: str) -> Operator:
    return SkipCall() if name == "SkipCall" else get_operator(name)()


def is_bare_sign(node: parso.tree.NodeOrLeaf) -> bool:
    """Whether it is the `*` or `/` of a list of parameters, which Cosmic Ray takes for arithmetic."""
    return (
        node.type == "operator"
        and node.parent is not None
        and node.parent.type in ("parameters", "lambdef")
    )


def annotations(code: str) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Where types stand: `int | None` is no decision, and mypy reads it."""
    for node in ast.walk(ast.parse(code)):
        for found in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(found, ast.expr):
                ends = (found.end_lineno or found.lineno, found.end_col_offset or 0)
                yield (found.lineno, found.col_offset), ends


def held_by(path: str) -> tuple[str, ...]:
    app = path.split("/")[0]
    return (f"tests/{app}", *(tests for like, tests in ALSO_HELD_BY if fnmatch(path, like)))


def nearest_tests(copy: Path, path: str) -> tuple[str, ...]:
    """Return which of these tests import the file by name: most faults end there, in a tenth of the time."""
    package, _, name = path.removesuffix(".py").replace("/", ".").rpartition(".")
    imports = re.compile(rf"\b{package}\.{name}\b|\bfrom {package} import .*\b{name}\b")
    files = [
        file for folder in held_by(path) for file in sorted((copy / folder).rglob("test_*.py"))
    ]
    return tuple(
        str(file.relative_to(copy)) for file in files if imports.search(file.read_text("utf-8"))
    )


def copy_tree(root: Path, copy: Path) -> None:
    """Copy what git has or would add: nobody's own files are changed."""
    for name in git(root, "ls-files", "-co", "--exclude-standard", "-z").split("\0"):
        if (root / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, copy / name)
    for name in MADE:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).symlink_to((root / name).resolve())


def try_all(copy: Path, mutants: list[Mutant]) -> list[Mutant]:
    """Return those that no test noticed. A mutant that breaks the import of its file counts as caught."""
    groups: dict[tuple[str, ...], list[Mutant]] = {}
    for mutant in mutants:
        groups.setdefault(held_by(mutant.path), []).append(mutant)
    survivors, number = [], 0
    for tests, group in groups.items():
        print(f"\n── {' '.join(tests)}", flush=True)
        # Also writes the compiled files that all later runs read.
        seconds = must_pass(copy, tests, "--create-db")
        limit = LIMIT_SECONDS + LIMIT_TIMES * seconds
        for mutant in group:
            number += 1
            began = time.monotonic()
            outcome = try_one(copy, mutant, tests, limit)
            taken = f"{time.monotonic() - began:.0f} s"
            place = f"{mutant.path}:{mutant.line}"
            print(
                f"{number}/{len(mutants)} {outcome:<8} {place} {mutant.operator}, {taken}",
                flush=True,
            )
            if outcome == "survived":
                survivors.append(mutant)
        # A database or a disk that has gone would look as if every fault were caught.
        must_pass(copy, tests)
    return survivors


def must_pass(copy: Path, tests: tuple[str, ...], *options: str) -> float:
    """Run the tests without any fault, and return the seconds they took."""
    began = time.monotonic()
    if not passes(copy, tests, *options):
        said = (copy / "tests.log").read_text(errors="replace").splitlines()[-30:]
        raise SystemExit(
            "\n".join([*said, "✗ These tests fail without any fault: nothing is known."])
        )
    seconds = time.monotonic() - began
    print(f"without a fault: passed, {seconds:.0f} s", flush=True)
    return seconds


def try_one(copy: Path, mutant: Mutant, tests: tuple[str, ...], limit: float) -> str:
    file = copy / mutant.path
    before = file.read_text(encoding="utf-8")
    file.write_text(mutant.code(before), encoding="utf-8")
    try:
        passed = all(
            # Compiled files are told apart by size and second, which two faults may share.
            passes(copy, some, limit=limit, PYTHONDONTWRITEBYTECODE="1")
            for some in (nearest_tests(copy, mutant.path), tests)
            if some
        )
    except subprocess.TimeoutExpired:
        file.write_text(before, encoding="utf-8")
        must_pass(copy, tests, "--create-db")  # what was ended in the middle may have left rows
        return "endless"
    finally:
        file.write_text(before, encoding="utf-8")
    return "survived" if passed else "caught"


def passes(
    copy: Path, tests: tuple[str, ...], *options: str, limit: float | None = None, **env: str
) -> bool:
    """Whether all tests pass. Those that failed last time run first, and the first failure is enough."""
    argv = [str(VENV_PYTHON), "-m", "pytest", "-q", "--no-header", "-x", "--ff", "--reuse-db"]
    with (copy / "tests.log").open("wb") as log:
        program = subprocess.Popen(
            [*argv, *options, "-m", NORMAL, *tests],
            cwd=copy,
            env={**os.environ, "TEST_DB_NAME": DATABASE, **env},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return program.wait(limit) in (0, NOTHING_COLLECTED)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait()


def difference(root: Path, mutant: Mutant) -> str:
    before = (root / mutant.path).read_text(encoding="utf-8")
    lines = difflib.unified_diff(
        before.splitlines(), mutant.code(before).splitlines(), n=0, lineterm=""
    )
    return "\n".join(
        line for line in lines if line[1:] and not line.startswith(("---", "+++", "@@"))
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
