"""Print the shape of the code: lines, lengths of functions, private helpers used once, mutual parts.

    python -m tests.benchmarks.shape [--list] [package …]

A helper counts as used once also if it is decorated (`@prepared`, `@transaction.atomic`) or only named, as
in a table; `plain` counts those that are called and not decorated. Two parts of a room, folders or top files,
are mutual if each imports the other; `models.py` is left aside: it imports the models of every folder.
Reads the sources with `ast` alone: no server, no settings. `--list` names the helpers and the parts.
"""

import argparse
import ast
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = {"migrations", "tests", "node_modules", "static", "docs"}


@dataclass
class Shape:
    lines: int = 0
    lengths: list[int] = field(
        default_factory=list
    )  # of each function and method, `def` to last line
    module_functions: int = 0
    used_once: list[str] = field(default_factory=list)  # "path:line name (lines)"
    plain: int = 0  # of these, without a decorator and called where they are used
    reaches: set[tuple[str, str, str]] = field(default_factory=set)  # (room, part, part it imports)

    def add(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        uses = Counter(_names(tree))
        called = {node.func.id for node in ast.walk(tree) if _is_call_by_name(node)}
        room, own = path.relative_to(ROOT).parts[:2]
        own = own.removesuffix(".py")
        self.reaches |= {(room, own, part) for part in _parts_imported(tree, room) if part != own}
        self.lines += text.count("\n")
        self.lengths += [_length(node) for node in ast.walk(tree) if _is_function(node)]
        functions = [node for node in tree.body if _is_function(node)]
        self.module_functions += len(functions)
        once = [one for one in functions if one.name.startswith("_") and uses[one.name] == 1]
        self.plain += sum(not one.decorator_list and one.name in called for one in once)
        self.used_once += [
            f"{path.relative_to(ROOT)}:{one.lineno} {one.name} ({_length(one)})" for one in once
        ]

    @property
    def mutual(self) -> list[str]:
        return sorted(
            f"{room}: {one} ↔ {other}"
            for room, one, other in self.reaches
            if one < other and (room, other, one) in self.reaches and "models" not in (one, other)
        )

    def row(self, name: str) -> str:
        ordered, once = sorted(self.lengths) or [0], len(self.used_once)
        p50, p90 = (ordered[len(ordered) * share // 100] for share in (50, 90))
        return (
            f"{name:14}{self.lines:8}{len(self.lengths):8}{p50:5}{p90:5}{ordered[-1]:5}"
            f"{once:7}{once / max(self.module_functions, 1):7.1%}{self.plain:7}{len(self.mutual):8}"
        )


def packages() -> list[str]:
    """Return every package of the application."""
    tops = {top.parent.name for top in ROOT.glob("*/__init__.py")}
    return sorted(tops - LEFT_OUT)


def sources(package: str) -> list[Path]:
    found = sorted((ROOT / package).rglob("*.py"))
    return [path for path in found if LEFT_OUT.isdisjoint(path.relative_to(ROOT).parts)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--list", action="store_true", help="name each helper used once and each mutual pair"
    )
    parser.add_argument(
        "packages", nargs="*", help="these alone; without, every package of the application"
    )
    asked = parser.parse_args()
    total, write = Shape(), sys.stdout.write
    write(
        f"{'package':14}{'lines':>8}{'defs':>8}{'p50':>5}{'p90':>5}{'max':>5}"
        f"{'once':>7}{'share':>7}{'plain':>7}{'mutual':>8}\n"
    )
    for package in asked.packages or packages():
        shape = Shape()
        for path in sources(package):
            shape.add(path)
            total.add(path)
        write(shape.row(package) + "\n")
        named = [*shape.used_once, *shape.mutual] if asked.list else []
        write("".join(f"    {one}\n" for one in named))
    write(total.row("all") + "\n")


def _names(tree: ast.AST) -> list[str]:
    """Each use of a name in one file. Private names are not imported elsewhere, so one file is enough."""
    walked = list(ast.walk(tree))
    plain = [node.id for node in walked if isinstance(node, ast.Name)]
    return plain + [node.attr for node in walked if isinstance(node, ast.Attribute)]


def _parts_imported(tree: ast.AST, room: str) -> set[str]:
    """Return the folders and top files of the room that a file imports."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{one.name}".split(".") for one in node.names]
            found |= {name[1] for name in names if name[0] == room}
    return {
        one for one in found if (ROOT / room / one).is_dir() or (ROOT / room / f"{one}.py").exists()
    }


def _is_call_by_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _length(node: ast.AST) -> int:
    return node.end_lineno - node.lineno + 1


if __name__ == "__main__":
    main()
