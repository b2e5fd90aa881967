"""A job as another system sees it: what would happen, by row and field.

It shows no value that the system did not send.
"""

from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from api.edits import etag_of
from rosters.cleaning import Problem
from rosters.models import RosterImport
from rosters.queries import checked
from rosters.reported import row_of
from rosters.rows import SAME, SKIP, Row, key_text
from rosters.words import said_of

State = RosterImport.State
EMPTY: dict[str, Any] = {
    "makes_classes": [], "lacks_classes": [], "absent": 0, "problems": [], "rows": []
}  # fmt: skip


def job(roster: RosterImport) -> dict[str, Any]:
    return {
        "id": roster.pk,
        "state": roster.state,
        "received": roster.rows_total,
        "uploaded_at": roster.uploaded_at,
        "finished_at": roster.finished_at,
        # It redirects to the page for its state.
        "page": settings.PUBLIC_URL + reverse("rosters:preview", args=[roster.pk]),
    }


def preview(roster: RosterImport, on: date) -> dict[str, Any]:
    told = job(roster) | EMPTY | {"failure": roster.failure}
    if roster.state in (State.CHECKED, State.FAILED):
        found = checked(roster, on)[0]
        return told | {
            "makes_classes": [key_text(key) for key in found.new_classes],
            "lacks_classes": [key_text(key) for key in sorted(found.missing_classes)],
            "absent": len(found.absent),
            "problems": [
                _problem(row, name, problem)
                for row in found.rows
                for name, problem in row.problems.items()
            ],
            "rows": [
                {
                    "row": row_of(row.number),
                    "result": row.kind,
                    "student": row.child.pk if row.child else None,
                    "fields": [change.field for change in row.changes if not change.kept]
                    if row.child
                    else [],
                }
                for row in found.rows
            ],
        }
    if roster.state == State.DONE:
        rows = []
        for one in roster.results.defer("writes"):
            changes = one.changes if one.kind == one.Kind.CHANGED else []
            fields = [each["field"] for each in changes if "after" in each and not each["kept"]]
            rows.append(
                {
                    "row": row_of(one.row_number),
                    "result": one.kind,
                    "student": one.student_id,
                    "fields": fields,
                }
            )
        return told | {"rows": rows}
    return told


def version(told: dict[str, Any]) -> str:
    """Return the ETag of a preview: of what would happen, whatever the language."""
    problems = [one | {"detail": ""} for one in told["problems"]]
    return etag_of(told | {"problems": problems})


def _problem(row: Row, name: str, problem: Problem) -> dict[str, Any]:
    facts = dict(problem.facts)
    if "name" in facts:  # of a child whom the system may not know
        facts["name"] = _("another child")
    if "row" in facts:
        facts["row"] = row_of(facts["row"])
    is_for_people = problem.fix in (None, SKIP, SAME)
    return {
        "pointer": f"/rows/{row_of(row.number)}/{name}",
        "code": problem.code,
        "detail": said_of(problem.code, facts),
        "blocks": problem.blocks,
        "suggestion": "" if is_for_people else problem.fix,
    }
