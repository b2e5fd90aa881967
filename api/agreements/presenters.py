"""Tokens that request something a colleague can agree to, as rows of a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from api.agreements.policies import holds
from api.models import Agreement, ApiToken, Scope
from schools.models import School

# Scope → what a colleague agrees to.
MEANS = {
    Scope.WRITE_OBSERVATIONS: _(
        "It adds notes to the child's file under its own name. They do not count as somebody having looked at"
        " the child, and any colleague who reads one can take it back. It reads none."
    ),
    Scope.READ_SURVEYS: _("It reads how many forms of a round are finished, in tens."),
    Scope.READ_RESPONSES: _(
        "It reads the answers of children whose families agreed to this study: without names, without"
        " questions that may need an adult at once, and only once the round is over and there are ten"
        " children."
    ),
}


@dataclass(frozen=True)
class Line:
    """One scope that one system requests."""

    token: ApiToken
    scope: Scope
    means: str
    agreement: Agreement | None  # the valid one

    @property
    def label(self) -> str:
        return str(self.scope.label)

    @property
    def wants_study(self) -> bool:
        return self.scope == Scope.READ_RESPONSES


def lines(
    tokens: Sequence[ApiToken], scopes: Iterable[Scope], school: School, on: date
) -> list[Line]:
    """Return a line for each token and scope, those still waiting first."""
    rows = Agreement.objects.filter(token__in=tokens, ended_at=None)
    standing = {
        (one.token_id, one.scope): one
        for one in rows.select_related("by", "token", "study")
        if holds(one, school, on)
    }
    found = [
        Line(token, scope, str(MEANS[scope]), standing.get((token.pk, scope.value)))
        for token in tokens
        for scope in scopes
        if scope in token.scopes
    ]
    return sorted(found, key=lambda line: line.agreement is not None)
