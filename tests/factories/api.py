"""Tokens of other systems, and a client that shows one."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from api.agreements import actions as agreements
from api.models import AGREED_WITH, Agreement, ApiToken, Scope, Webhook
from api.tokens import actions
from api.webhooks import actions as webhooks
from rosters import actions as rosters
from rosters.models import RosterImport
from schools.models import CalendarDay, School
from surveys.models import Study
from tests.factories.cast import Cast

EVERY = tuple(Scope.values)


def make_token(
    cast: Cast,
    scopes: tuple[str, ...] = EVERY,
    *,
    school: School | None = None,
    by: str = "admin",
    networks: tuple[str, ...] = (),
    name: str = "校门",
    agreed: bool = True,
) -> str:
    at = timezone.now()
    secret = actions.make(
        school=school or cast.school,
        wanted=actions.Wanted(name, scopes, 90, networks),
        key=uuid4(),
        by=cast.users[by],
        on=timezone.localdate(at),
        at=at,
        ip="127.0.0.1",
    )
    if agreed and school in (None, cast.school):
        agree(cast, row_of(secret))
    return secret


def agree(cast: Cast, token: ApiToken, by: str = "counsellor") -> None:
    """To whatever it wants; answers for the school's study, where there is one."""
    study = Study.objects.filter(school=token.school).first()
    at = timezone.now()
    for scope in AGREED_WITH:
        is_answers = scope == Scope.READ_RESPONSES
        if scope in token.scopes and (study or not is_answers):
            agreements.agree(
                token=token,
                scope=scope,
                study=study if is_answers else None,
                by=cast.users[by],
                on=timezone.localdate(at),
                at=at,
                ip="127.0.0.1",
            )


def row_of(secret: str) -> ApiToken:
    from api.tokens.rules import digest_of

    return ApiToken.objects.get(digest=digest_of(secret))


def system(secret: str, language: str = "en") -> Client:
    return Client(headers={"authorization": f"Bearer {secret}", "accept-language": language})


def expire(secret: str) -> None:
    day = timezone.localdate() - timedelta(days=1)
    ApiToken.objects.filter(pk=row_of(secret).pk).update(
        made_on=day - timedelta(days=30), expires_on=day
    )


def school_today(cast: Cast) -> str:
    """Today, on which there is school for sure."""
    on = timezone.localdate()
    CalendarDay.objects.get_or_create(
        school=cast.school, on=on, defaults={"kind": "school_day", "name": "补课"}
    )
    return on.isoformat()


def make_webhook(
    cast: Cast, address: str = "https://platform.example.org/hook", **more
) -> tuple[Webhook, str]:
    """The webhook of a new token, and its secret."""
    at = timezone.now()
    token = row_of(make_token(cast, **more))
    secret = webhooks.set_up(
        token=token,
        address=address,
        events=[event.value for event in webhooks.events_open_to(token)],
        by=cast.users["admin"],
        on=timezone.localdate(at),
        at=at,
        ip="127.0.0.1",
    )
    return Webhook.objects.get(token=token), secret


ROW = {"name": "王小雨", "born_on": "2017-05-04", "class": "三年级2班", "village": "黄羊川村"}


def make_job(token: ApiToken, rows: Sequence[dict[str, str]] = (ROW,), **more: Any) -> RosterImport:
    return rosters.prepare_reported(
        school=token.school,
        rows=rows,
        makes_classes=more.pop("makes_classes", False),
        file_name="API",
        by=token.account,
        at=timezone.now(),
    )


def matrix_objects(cast: Cast, name: str) -> dict[str, object]:
    if name == "api:token_end":
        return {"pk": row_of(make_token(cast)).pk}
    if name == "api:agree":
        return {"pk": row_of(make_token(cast, ("observations.write",), agreed=False)).pk}
    if name == "api:agreement_end":
        token = row_of(make_token(cast, ("observations.write",)))
        return {"pk": Agreement.objects.get(token=token).pk}
    if not name.startswith("api:webhook"):
        return {}
    webhook, _secret = make_webhook(cast)
    if name != "api:webhook_again":
        return {"pk": webhook.token_id}
    webhooks.try_out(webhook=webhook, at=timezone.now())
    return {"pk": webhook.deliveries.get().pk}
