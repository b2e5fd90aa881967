"""Print the shape of the code: lengths of functions, private helpers used once, application lines.

    python -m tests.benchmarks.shape [--list] [package …]

Reads the sources with `ast` alone: no server, no settings. `--list` names each private helper used once.
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

    def add(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        uses = Counter(_names(tree))
        self.lines += text.count("\n")
        self.lengths += [_length(node) for node in ast.walk(tree) if _is_function(node)]
        functions = [node for node in tree.body if _is_function(node)]
        self.module_functions += len(functions)
        self.used_once += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name} ({_length(node)})"
            for node in functions
            if node.name.startswith("_") and not node.decorator_list and uses[node.name] == 1
        ]

    def row(self, name: str) -> str:
        ordered, once = sorted(self.lengths) or [0], len(self.used_once)
        p50, p90 = (ordered[len(ordered) * share // 100] for share in (50, 90))
        return (
            f"{name:14}{self.lines:8}{len(self.lengths):8}{p50:5}{p90:5}{ordered[-1]:5}"
            f"{once:7}{once / max(self.module_functions, 1):7.1%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--list", action="store_true", help="name each private helper used once")
    parser.add_argument(
        "packages", nargs="*", help="these alone; without, every package of the application"
    )
    asked = parser.parse_args()
    packages = asked.packages or sorted(
        top.parent.name for top in ROOT.glob("*/__init__.py") if top.parent.name not in LEFT_OUT
    )
    total, write = Shape(), sys.stdout.write
    write(
        f"{'package':14}{'lines':>8}{'defs':>8}{'p50':>5}{'p90':>5}{'max':>5}{'once':>7}{'share':>7}\n"
    )
    for package in packages:
        shape = Shape()
        for path in sorted((ROOT / package).rglob("*.py")):
            if LEFT_OUT.isdisjoint(path.relative_to(ROOT).parts):
                shape.add(path)
                total.add(path)
        write(shape.row(package) + "\n")
        write("".join(f"    {one}\n" for one in shape.used_once) if asked.list else "")
    write(total.row("all") + "\n")


def _names(tree: ast.AST) -> list[str]:
    """Each use of a name in one file. Private names are not imported elsewhere, so one file is enough."""
    walked = list(ast.walk(tree))
    plain = [node.id for node in walked if isinstance(node, ast.Name)]
    return plain + [node.attr for node in walked if isinstance(node, ast.Attribute)]


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _length(node: ast.AST) -> int:
    return node.end_lineno - node.lineno + 1


if __name__ == "__main__":
    main()
