"""No view and no task of one app is used by another: what two of them need has a file of its own."""

import ast
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
KEPT_APART = {"views", "tasks"}
# A door's page that adds to a room's page what only floors above the room know.
CONTINUED = {("doors/staff/new_year_views.py", "rosters.rollover.views")}


def is_apart(module: str) -> bool:
    """Whether a dotted name has a part that is called, or ends in, `views` or `tasks`."""
    return any(part.rpartition("_")[2] in KEPT_APART for part in module.split("."))


def test_views_and_tasks_of_another_app_are_not_imported():
    rooms = {path.parent.name for path in ROOT.glob("*/apps.py")}
    found = set()
    for room in rooms - {"homeschool"}:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.ImportFrom) or not node.module:
                    continue
                names = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
                above = node.module.split(".")[0]
                if above in rooms - {room} and any(map(is_apart, names)):
                    found.add((str(path.relative_to(ROOT)), node.module))
    assert {"students", "doors"} <= rooms
    assert found == CONTINUED
