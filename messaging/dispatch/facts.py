"""What is true of claimed messages now, read at once for the whole batch."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.prepared import prepared
from guardians.queries import usable_contact_points
from messaging import rules
from messaging.dispatch.ways import Accounts, Way, Ways, accounts_of, used_way, ways_of
from messaging.plans.rules import OCCASION_TALK_COUNTS_DAYS
from messaging.rules import Hours, SendFacts

FACTS = """
SELECT m.id, m.idempotency_key, m.kind, m.school_id, m.adult_id, m.user_id, m.check_in_id, m.step,
    m.contact_point_id, m.payload, m.address, m.channel, m.due_at, m.expires_at, m.attempt_count,
    m.cause, m.account_id, m.contact_point_id AS used_point_id, m.sending_at,
    school.name AS school_name, school.is_demo,
    CASE WHEN m.step = 0 THEN own.ask_words ELSE own.again_words END AS own_words,
    school.sending_stopped_at IS NOT NULL OR EXISTS (
        SELECT FROM messaging_sendingswitch WHERE stopped_at IS NOT NULL) AS is_stopped,
    coalesce(a.name, u.name, '') AS recipient_name,
    coalesce(a.language, u.language, 'zh-hans') AS language,
    a.time_zone, a.shift, a.quiet_from, a.quiet_until, a.shift_since, a.shift_turn_days,
    a.legal_basis, a.condition,
    a.opted_out_at, a.blocked_at, u.phone, u.email, coalesce(u.is_active, true) AS is_active_user,
    EXISTS (SELECT FROM students_barrier b
        WHERE b.user_id = m.user_id AND b.lifted_at IS NULL
            AND (b.student_id = (m.payload->>'student')::bigint
                OR m.payload->'students' @> to_jsonb(b.student_id))
    ) AS is_barred,
    c.state AS check_in_state, asked_first.state AS first_state,
    coalesce(c.as_carer, false) AND (about.blocked_at IS NOT NULL OR about.condition <> 'in_touch')
        AS is_about_nobody,
    EXISTS (SELECT FROM guardians_guardianship g
        WHERE g.adult_id = m.adult_id AND g.starts_on <= %(on)s
            AND (g.ends_on IS NULL OR g.ends_on >= %(on)s)
            AND (m.payload->'student' IS NULL OR g.student_id = (m.payload->>'student')::bigint)
            AND (m.payload->'students' IS NULL
                OR (g.may_see_file AND m.payload->'students' @> to_jsonb(g.student_id)))
            AND (m.check_in_id IS NULL
                OR ((g.kind = 'parent' OR (c.as_carer AND g.kind IN ('guardian', 'carer')))
                    AND g.student_id IN (SELECT student_id FROM messaging_checkinline
                        WHERE check_in_id = m.check_in_id)))
    ) AS is_guardian,
    m.check_in_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM messaging_checkinline line
        LEFT JOIN messaging_checkinplan plan ON plan.student_id = line.student_id
        WHERE line.check_in_id = m.check_in_id AND line.answer IN ('', 'not_yet')
            AND NOT EXISTS (SELECT FROM guardians_contact contact
                WHERE contact.student_id = line.student_id AND contact.retracted_at IS NULL
                    AND contact.happened_on > c.due_on - (CASE WHEN c.occasion = ''
                        THEN coalesce(plan.every_days, 7) ELSE %(occasion_days)s END)::int)
    ) AS has_talked,
    own_rhythm.paused_until AS own_paused_until,
    sent.count AS sent_lately, sent.first_at AS first_sent_at,
    (SELECT teacher.name FROM messaging_checkinline line
        JOIN students_enrolment e ON e.student_id = line.student_id AND e.starts_on <= %(on)s
            AND (e.ends_on IS NULL OR e.ends_on >= %(on)s)
        JOIN schools_post post ON post.school_class_id = e.school_class_id
            AND post.role = 'class_teacher' AND post.school_id = m.school_id
            AND post.starts_on <= %(on)s AND (post.ends_on IS NULL OR post.ends_on >= %(on)s)
        JOIN accounts_user teacher ON teacher.id = post.user_id
        WHERE line.check_in_id = m.check_in_id ORDER BY line.id, post.id LIMIT 1) AS teacher_name
FROM ONLY messaging_outboxmessage m
JOIN schools_school school ON school.id = m.school_id
LEFT JOIN messaging_laddersettings own ON own.school_id = m.school_id AND m.kind = 'check_in'
LEFT JOIN guardians_adult a ON a.id = m.adult_id
LEFT JOIN messaging_adultrhythm own_rhythm ON own_rhythm.adult_id = m.adult_id
    AND m.kind = 'check_in'
LEFT JOIN accounts_user u ON u.id = m.user_id
LEFT JOIN messaging_checkin c ON c.id = m.check_in_id
LEFT JOIN messaging_checkin asked_first ON asked_first.id = c.first_id
LEFT JOIN guardians_adult about ON about.id = asked_first.adult_id
-- What went to the adult in a day, and what others hold that goes before this one.
LEFT JOIN LATERAL (SELECT count(*) AS count, min(other.sending_at) AS first_at
    FROM messaging_outboxmessage other
    WHERE other.adult_id = m.adult_id AND other.created_at > %(weeks_ago)s AND other.id <> m.id
        AND other.kind = ANY(%(routine)s)
        AND (other.sending_at > %(day_ago)s AND other.state IN ('accepted', 'delivered', 'unknown')
            OR other.state = 'claimed' AND other.id < m.id)
) sent ON m.kind = ANY(%(routine)s)
WHERE m.id = ANY(%(pks)s)
"""
CAP_LOOKS_BACK_DAYS = 14  # days since a message was made; far more than any waits before it leaves
QUIET_STAFF = ("21:30", "08:00")
HOURS = ("time_zone", "shift", "quiet_from", "quiet_until", "shift_since", "shift_turn_days")
OPEN_STATES = ("waiting", "asked_again", "nobody_reached")


@dataclass(frozen=True)
class Row:
    id: int
    key: UUID
    kind: str
    school_id: int
    school_name: str
    adult_id: int | None
    user_id: int | None
    check_in_id: int | None
    step: int
    payload: dict[str, Any]
    due_at: datetime
    attempt_count: int
    cause: str
    language: str
    recipient_name: str
    teacher_name: str
    own_words: str  # the school's sentence in a question; "" = the usual one
    facts: SendFacts
    ways: tuple[Way, ...]
    used: Way | None  # of the last request, if there was one
    sending_at: datetime | None


def read_facts(pks: Sequence[int], at: datetime) -> list[Row]:
    """Rows in the order of `pks`; three queries for any number of them."""
    found = {row["id"]: row for row in _read(pks, at)}
    rows = [found[pk] for pk in pks if pk in found]
    accounts = accounts_of({row["school_id"] for row in rows})
    points = _points_of({row["adult_id"] for row in rows if row["adult_id"]})
    return [_row(row, accounts, points, at) for row in rows]


def _read(pks: Sequence[int], at: datetime) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(FACTS, _asked_with(pks, at))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _asked_with(pks: Sequence[int], at: datetime) -> dict[str, Any]:
    return {
        "pks": list(pks),
        "on": timezone.localdate(at),
        "occasion_days": OCCASION_TALK_COUNTS_DAYS,
        "day_ago": at - timedelta(days=1),
        "weeks_ago": at - timedelta(days=CAP_LOOKS_BACK_DAYS),
        "routine": list(rules.ROUTINE),
    }


def _points_of(adult_ids: Iterable[int]) -> dict[int, list[tuple]]:
    points = defaultdict(list)
    for adult_id, *rest in _usable(adult_ids=adult_ids):
        points[adult_id].append(tuple(rest))
    return points


@prepared
def _usable(*, adult_ids) -> QuerySet[Any]:
    rows = usable_contact_points().filter(adult_id__in=adult_ids)
    return rows.values_list("adult_id", "pk", "kind", "address", "failing_since")


def _row(
    row: dict[str, Any], accounts: Accounts, points: dict[int, list[tuple]], at: datetime
) -> Row:
    payload = row["payload"]
    if isinstance(payload, str):  # psycopg leaves jsonb to whoever reads it raw
        payload = json.loads(payload)
    ways = ways_of(row, payload, accounts, points, at)
    return Row(
        id=row["id"],
        key=row["idempotency_key"],
        kind=row["kind"],
        school_id=row["school_id"],
        school_name=row["school_name"],
        adult_id=row["adult_id"],
        user_id=row["user_id"],
        check_in_id=row["check_in_id"],
        step=row["step"],
        payload=payload,
        due_at=row["due_at"],
        attempt_count=row["attempt_count"],
        cause=row["cause"],
        language=row["language"],
        recipient_name=row["recipient_name"],
        teacher_name=row["teacher_name"] or payload.get("teacher", ""),
        own_words=row["own_words"] or "",
        facts=_facts(row, payload, ways, at),
        ways=ways.ways,
        sending_at=row["sending_at"],
        used=used_way(row, accounts) if row["attempt_count"] or row["sending_at"] else None,
    )


def _facts(row: dict[str, Any], payload: dict[str, Any], ways: Ways, at: datetime) -> SendFacts:
    is_to_family = row["adult_id"] is not None
    is_about_access = row["kind"] in ("link", "code", "account")
    no_way_cause = "no_channel" if ways.has_address else "no_way"
    if row["attempt_count"] and row["cause"]:
        no_way_cause = row["cause"]  # the last refusal says more
    common = {
        "kind": row["kind"],
        "expires_at": row["expires_at"],
        "is_stopped": row["is_stopped"],
        "called_off": payload.get("called_off", ""),
        "is_to_family": is_to_family,
        "has_way": bool(ways.ways),
        "ways_open_at": ways.open_at,
        "no_way_cause": no_way_cause,
    }
    if not is_to_family:
        hours = _hours_of_staff(payload)
        return SendFacts(
            hours=hours, is_active_user=row["is_active_user"], is_barred=row["is_barred"], **common
        )
    hours, paused_until = Hours(*(row[name] for name in HOURS)), row["own_paused_until"]
    return SendFacts(
        hours=hours,
        planned_at=_planned_at(row),
        is_paused=paused_until is not None and paused_until >= rules.local_day(hours, at),
        is_blocked=row["blocked_at"] is not None,
        has_opted_out=row["opted_out_at"] is not None and not is_about_access,
        has_legal_basis=row["legal_basis"] != "none",
        is_in_touch=row["condition"] == "in_touch" and not row["is_about_nobody"],
        is_guardian=row["is_guardian"],
        is_check_in_open=_is_open(row),
        has_talked=row["has_talked"],
        is_capped=(row["sent_lately"] or 0) >= rules.ROUTINE_A_DAY,
        cap_ends_at=row["first_sent_at"] and row["first_sent_at"] + timedelta(days=1),
        **common,
    )


def _planned_at(row: dict[str, Any]) -> datetime | None:
    """`due_at` moves with every wait; a question's end is counted from its hour."""
    if row["kind"] != "check_in":
        return None
    return row["expires_at"] - timedelta(hours=rules.CHECK_IN_LATE_AFTER_HOURS)


def _hours_of_staff(payload: dict[str, Any]) -> Hours:
    """Quiet hours that a member of staff named (["21:30", "06:30"]), else everybody's."""
    quiet_from, quiet_until = (time.fromisoformat(one) for one in payload.get("quiet", QUIET_STAFF))
    return Hours(quiet_from=quiet_from, quiet_until=quiet_until)


def _is_open(row: dict[str, Any]) -> bool:
    """Whether the question still stands; another adult's stands while the first one does."""
    states = (row["check_in_state"], row["first_state"])
    return row["check_in_id"] is None or all(one in OPEN_STATES for one in states if one)
