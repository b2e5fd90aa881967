"""The current facts about claimed messages, read at once for the whole batch."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from core.prepared import PreparedSQL, prepared
from delivery import rules
from delivery.dispatch.ways import Accounts, Way, Ways, accounts_of, used_way, ways_of
from delivery.kinds import Answer, Asked, Queued, kind_of
from delivery.rules import SendFacts
from guardians.hours import Hours, hours_of
from guardians.queries import current_guardianship_sql, usable_contact_points
from schools.hours import QUIET_STAFF
from students.barriers import barrier_in_force_sql

# The payload names the child or the children that a message is about.
IS_BARRED = barrier_in_force_sql(
    "m.user_id",
    student="""b.student_id = (m.payload->>'student')::bigint
        OR m.payload->'students' @> to_jsonb(b.student_id)""",
)
IS_GUARDIAN = current_guardianship_sql(
    "m.adult_id",
    of="""(m.payload->'student' IS NULL OR g.student_id = (m.payload->>'student')::bigint)
        AND (m.payload->'students' IS NULL
            OR (g.may_see_file AND m.payload->'students' @> to_jsonb(g.student_id)))""",
)
FACTS = PreparedSQL(f"""
SELECT m.id, m.idempotency_key, m.kind, m.school_id, m.adult_id, m.user_id, m.about_id, m.step,
    m.contact_point_id, m.payload, m.address, m.channel, m.due_at, m.expires_at, m.attempt_count,
    m.cause, m.account_id, m.contact_point_id AS used_point_id, m.sending_at,
    school.name AS school_name, school.is_demo,
    school.sending_stopped_at IS NOT NULL OR EXISTS (
        SELECT FROM delivery_sendingswitch WHERE stopped_at IS NOT NULL) AS is_stopped,
    school.sending_started_at IS NOT NULL AS has_started,
    coalesce(a.name, u.name, '') AS recipient_name,
    coalesce(a.language, u.language, 'zh-hans') AS language,
    a.time_zone, a.shift, a.quiet_from, a.quiet_until, a.shift_since, a.shift_turn_days,
    school.time_zone AS school_zone, staff.quiet_from AS staff_quiet_from,
    staff.quiet_until AS staff_quiet_until, a.legal_basis, a.condition,
    a.opted_out_at, a.blocked_at, u.phone, u.email, coalesce(u.is_active, true) AS is_active_user,
    {IS_BARRED} AS is_barred,
    {IS_GUARDIAN} AS is_guardian,
    sent.count AS sent_lately, sent.first_at AS first_sent_at
FROM ONLY delivery_outboxmessage m
JOIN schools_school school ON school.id = m.school_id
LEFT JOIN guardians_adult a ON a.id = m.adult_id
LEFT JOIN accounts_user u ON u.id = m.user_id
LEFT JOIN LATERAL (SELECT hours.quiet_from, hours.quiet_until FROM schools_staffhours hours
    WHERE hours.school_id = m.school_id AND (hours.user_id = m.user_id OR hours.user_id IS NULL)
    ORDER BY hours.user_id NULLS LAST LIMIT 1
) staff ON m.user_id IS NOT NULL
-- What went to the adult in a day, and what others hold that goes before this one.
LEFT JOIN LATERAL (SELECT count(*) AS count, min(other.sending_at) AS first_at
    FROM delivery_outboxmessage other
    WHERE other.adult_id = m.adult_id AND other.created_at > %(weeks_ago)s AND other.id <> m.id
        AND other.kind = ANY(%(routine)s)
        AND (other.sending_at > %(day_ago)s AND other.state IN ('accepted', 'delivered', 'unknown')
            OR other.state = 'claimed' AND other.id < m.id)
) sent ON m.kind = ANY(%(routine)s)
WHERE m.id = ANY(%(pks)s)
""")  # noqa: S608 - parts of ours only
CAP_LOOKS_BACK_DAYS = (
    14  # days since a message was created; none waits nearly as long before it is sent
)
HOURS = ("time_zone", "shift", "quiet_from", "quiet_until", "shift_since", "shift_turn_days")


@dataclass(frozen=True)
class Row(Queued):
    """A message with what decides whether it may be sent, and over which way."""

    attempt_count: int
    cause: str
    facts: SendFacts
    ways: tuple[Way, ...]
    used: Way | None  # the way of the last request, if there was one
    sending_at: datetime | None


def read_facts(pks: Sequence[int], at: datetime) -> list[Row]:
    """Return rows in the order of `pks`.

    Three queries for any number of rows, and one more for each kind that another package answers for
    (delivery.kinds).
    """
    values: dict[str, Any] = {
        "pks": list(pks),
        "on": timezone.localdate(at),
        "day_ago": at - timedelta(days=1),
        "weeks_ago": at - timedelta(days=CAP_LOOKS_BACK_DAYS),
        "routine": list(rules.ROUTINE),
    }
    with connection.cursor() as cursor:
        FACTS.execute(cursor, values)
        names = [column[0] for column in cursor.description]
        read = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in read:
        if isinstance(row["payload"], str):  # a raw cursor returns jsonb as text
            row["payload"] = json.loads(row["payload"])
    found = {row["id"]: row for row in read}
    rows = [found[pk] for pk in pks if pk in found]
    accounts = accounts_of({row["school_id"] for row in rows})
    points: dict[int, list[tuple]] = defaultdict(list)
    for adult_id, *point in _usable_points(
        adult_ids={row["adult_id"] for row in rows if row["adult_id"]}
    ):
        points[adult_id].append(tuple(point))
    answers = _ask_rooms(rows, at)
    return [_row(row, accounts, points, answers[row["id"]], at) for row in rows]


def _ask_rooms(rows: Sequence[dict[str, Any]], at: datetime) -> dict[int, Answer]:
    """Ask each package about its messages. A message about a row for which no package answers is not sent."""
    asked: dict[str, list[Asked]] = defaultdict(list)
    answers = {}
    for row in rows:
        if row["about_id"] is None:
            answers[row["id"]] = Answer()
            continue
        answers[row["id"]] = Answer(cause="no_longer_due")
        asked[row["payload"].get("about", row["kind"])].append(
            Asked(
                message_id=row["id"],
                about_id=row["about_id"],
                school_id=row["school_id"],
                adult_id=row["adult_id"],
                step=row["step"],
                expires_at=row["expires_at"],
                which=row["payload"].get("which", ""),
            )
        )
    for kind, messages in asked.items():
        answers |= kind_of(kind).answers(messages, at)
    return answers


@prepared
def _usable_points(*, adult_ids) -> QuerySet[Any]:
    rows = usable_contact_points().filter(adult_id__in=adult_ids)
    return rows.values_list(
        "adult_id", "pk", "kind", "address", "failing_since", "by_call", "agreed_key", "issuer"
    )


def _row(
    row: dict[str, Any],
    accounts: Accounts,
    points: dict[int, list[tuple]],
    answer: Answer,
    at: datetime,
) -> Row:
    payload = row["payload"]
    ways = ways_of(row, payload, accounts, points, at)
    return Row(
        id=row["id"],
        key=row["idempotency_key"],
        kind=row["kind"],
        school_id=row["school_id"],
        school_name=row["school_name"],
        adult_id=row["adult_id"],
        user_id=row["user_id"],
        about_id=row["about_id"],
        step=row["step"],
        payload=payload,
        due_at=row["due_at"],
        attempt_count=row["attempt_count"],
        cause=row["cause"],
        language=row["language"],
        recipient_name=row["recipient_name"],
        teacher_name=answer.teacher_name or payload.get("teacher", ""),
        own_words=answer.own_words,
        facts=_facts(row, payload, ways, answer),
        ways=ways.ways,
        sending_at=row["sending_at"],
        used=used_way(row, accounts) if row["attempt_count"] or row["sending_at"] else None,
    )


def _facts(row: dict[str, Any], payload: dict[str, Any], ways: Ways, answer: Answer) -> SendFacts:
    is_to_family = row["adult_id"] is not None
    is_about_access = row["kind"] in ("link", "code", "account")
    no_way_cause = "no_channel" if ways.has_address else "no_way"
    if row["attempt_count"] and row["cause"]:
        no_way_cause = row["cause"]  # the last refusal says more than "no way"
    common = {
        "kind": row["kind"],
        "expires_at": row["expires_at"],
        "is_stopped": row["is_stopped"],
        "has_started": row["has_started"],
        "called_off": payload.get("called_off", ""),
        "is_to_family": is_to_family,
        "has_way": bool(ways.ways),
        "ways_open_at": ways.open_at,
        "no_way_cause": no_way_cause,
    }
    if not is_to_family:
        # In the school's time zone: the user's own quiet hours, else the school's, else the default.
        starts, ends = QUIET_STAFF
        hours = Hours(
            row["school_zone"],
            quiet_from=row["staff_quiet_from"] or starts,
            quiet_until=row["staff_quiet_until"] or ends,
        )
        return SendFacts(
            hours=hours,
            is_active_user=row["is_active_user"],
            is_barred=row["is_barred"],
            cause_of_its_own=answer.cause,
            **common,
        )
    return SendFacts(
        hours=hours_of(*(row[name] for name in HOURS)),
        planned_at=answer.planned_at,
        cause_of_its_own=answer.cause,
        is_blocked=row["blocked_at"] is not None,
        has_opted_out=row["opted_out_at"] is not None and not is_about_access,
        has_legal_basis=row["legal_basis"] != "none",
        is_in_touch=row["condition"] == "in_touch",
        is_guardian=row["is_guardian"],
        is_capped=(row["sent_lately"] or 0) >= rules.ROUTINE_A_DAY,
        is_awaited=bool(payload.get("awaited")),
        cap_ends_at=row["first_sent_at"] and row["first_sent_at"] + timedelta(days=1),
        **common,
    )
