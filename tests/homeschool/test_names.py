"""A view that names an action which is not there fails here, not in front of a teacher.

Types do not see it: views leave `attr-defined` out, since middleware adds to the request.
"""

import ast
import importlib
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = sorted(
    path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests"
)


def modules() -> list[str]:
    paths = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))]
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in paths
        if "migrations" not in path.parts and not path.name.startswith("__")
    ]


def unknown_names(name: str) -> list[str]:
    """`module.attribute` where the module has no such attribute."""
    tree = ast.parse((ROOT / name.replace(".", "/")).with_suffix(".py").read_text("utf-8"))
    loaded = importlib.import_module(name)
    # A parameter or variable of the same name is something else.
    bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)} | {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return [
        f"{node.value.id}.{node.attr}, line {node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id not in bound
        and isinstance(owner := vars(loaded).get(node.value.id), ModuleType)
        and not hasattr(owner, node.attr)
    ]


@pytest.mark.parametrize("app", APPS)
def test_every_name_of_another_module_exists(app):
    found = {name: unknown_names(name) for name in modules() if name.split(".")[0] == app}
    assert {name: names for name, names in found.items() if names} == {}
