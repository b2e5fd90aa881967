"""The least that could answer the same pages: raw SQL over the same rows, put into text by f-strings.

A bare WSGI application for the same server and as many workers; `FLOOR` names a JSON file with the
keys of what is asked and a folder with one stored page of ours each. The stored page is the frame, so that
both sides send the same bytes around the rows; every row comes from the database on every request.
No sign-in, no policy, no translation, no forms: that is what the ratio prices.
"""

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from html import escape
from pathlib import Path
from typing import Any

import psycopg2

WEEKS = 13
EVENTS = 20
STATES = {"talked": "b-talked", "not_yet": "b-not_yet", "": "b-waiting"}

CHILDREN = """
SELECT s.id, s.name, s.strengths, c.name FROM students_student s
JOIN students_enrolment e ON e.student_id = s.id AND e.starts_on <= %(on)s
    AND (e.ends_on IS NULL OR e.ends_on >= %(on)s)
JOIN schools_schoolclass c ON c.id = e.school_class_id
WHERE c.id = %(class)s ORDER BY s.name_pinyin, s.id
"""
FAMILIES = """
SELECT g.student_id, g.relation, g.kind, a.name, m.is_away, m.place FROM guardians_guardianship g
JOIN guardians_adult a ON a.id = g.adult_id
LEFT JOIN guardians_migration m ON m.adult_id = a.id AND m.starts_on <= %(on)s
    AND (m.ends_on IS NULL OR m.ends_on >= %(on)s)
WHERE g.student_id = ANY(%(ids)s) AND g.starts_on <= %(on)s
    AND (g.ends_on IS NULL OR g.ends_on >= %(on)s)
ORDER BY g.priority, g.id
"""
LAST_CONTACTS = """
SELECT DISTINCT ON (student_id) student_id, happened_on, kind FROM guardians_contact
WHERE student_id = ANY(%(ids)s) AND retracted_at IS NULL ORDER BY student_id, happened_on DESC
"""
LAST_ANSWERS = """
SELECT DISTINCT ON (l.student_id) l.student_id, l.answer, c.state FROM messaging_checkinline l
JOIN messaging_checkin c ON c.id = l.check_in_id
WHERE l.student_id = ANY(%(ids)s) ORDER BY l.student_id, c.due_on DESC
"""
WAYS = """
SELECT g.relation, p.kind, p.address, p.failing_since IS NULL FROM guardians_guardianship g
JOIN guardians_contactpoint p ON p.adult_id = g.adult_id
WHERE g.student_id = %(student)s ORDER BY g.priority, p.priority
"""
CONTACTS = """
SELECT c.adult_id, c.happened_on, c.kind, c.reported_by, c.minutes, a.name FROM guardians_contact c
JOIN guardians_adult a ON a.id = c.adult_id
WHERE c.student_id = %(student)s AND c.retracted_at IS NULL ORDER BY c.happened_on DESC
"""
REPLIES = """
SELECT r.at, r.act, r.answer, r.mood, r.words, a.name FROM messaging_reply r
JOIN messaging_checkinline l ON l.id = r.line_id
JOIN messaging_checkin c ON c.id = l.check_in_id JOIN guardians_adult a ON a.id = c.adult_id
WHERE l.student_id = %(student)s ORDER BY r.at DESC LIMIT 100
"""
STUDENT = "SELECT * FROM students_student WHERE id = %(student)s"
CONCERNS = (
    "SELECT opened_at, source, words FROM safeguarding_concern WHERE student_id = %(student)s"
)
READERS = """
SELECT user_id, count(*), max(at) FROM accounts_accessrecord
WHERE student_id = %(student)s AND at > %(on)s::date - 30 GROUP BY user_id
"""
NOTE_READ = """
WITH ended AS (
    SELECT chain, number FROM accounts_chainhead WHERE chain = 'access:' || %(school)s FOR UPDATE
)
INSERT INTO accounts_accessrecord (chain, number, seal, user_id, school_id, student_id, what, ip_address, at)
SELECT chain, number + 1, '', %(user)s, %(school)s, %(student)s, 'child', '127.0.0.1', now() FROM ended
"""
CHECK_IN = """
SELECT a.name, c.state, c.expires_at, s.name, l.id, l.answer FROM messaging_checkin c
JOIN guardians_adult a ON a.id = c.adult_id JOIN messaging_checkinline l ON l.check_in_id = c.id
JOIN students_student s ON s.id = l.student_id WHERE c.id = %(check_in)s
"""
TEACHER = """
SELECT u.name FROM schools_post p JOIN accounts_user u ON u.id = p.user_id
JOIN students_enrolment e ON e.school_class_id = p.school_class_id
JOIN messaging_checkinline l ON l.student_id = e.student_id
WHERE l.check_in_id = %(check_in)s AND p.role = 'class_teacher' LIMIT 1
"""

HOME = """
SELECT s.id, s.name, c.name, max(t.happened_on), min(p.next_due_on) FROM guardians_guardianship g
JOIN students_student s ON s.id = g.student_id
JOIN students_enrolment e ON e.student_id = s.id AND e.ends_on IS NULL
JOIN schools_schoolclass c ON c.id = e.school_class_id
LEFT JOIN guardians_contact t ON t.student_id = s.id AND t.retracted_at IS NULL
LEFT JOIN messaging_checkinplan p ON p.student_id = s.id AND p.ended_on IS NULL
WHERE g.adult_id = %(adult)s AND g.may_see_file AND g.starts_on <= %(on)s
    AND (g.ends_on IS NULL OR g.ends_on >= %(on)s)
GROUP BY s.id, s.name, c.name, s.born_on ORDER BY s.born_on
"""
NEWS = """
SELECT o.words, u.name, o.happened_at FROM classroom_observation o
JOIN accounts_user u ON u.id = o.written_by_id
WHERE o.student_id = %(student)s AND o.tell_family AND o.retracted_at IS NULL
ORDER BY o.happened_at DESC LIMIT 5
"""
LETTER = """
SELECT l.good_news, l.body, l.mood, l.learning, u.name, l.sent_at FROM classroom_letter l
JOIN accounts_user u ON u.id = l.written_by_id
WHERE l.student_id = %(student)s AND l.sent_at IS NOT NULL ORDER BY l.sent_at DESC LIMIT 1
"""
FOLLOW_UPS = """
SELECT f.id, s.id, s.name, f.cause, f.opened_at, a.name FROM messaging_followup f
JOIN students_student s ON s.id = f.student_id
JOIN students_enrolment e ON e.student_id = s.id AND e.ends_on IS NULL
LEFT JOIN messaging_checkin c ON c.id = f.check_in_id LEFT JOIN guardians_adult a ON a.id = c.adult_id
WHERE e.school_class_id = %(class)s AND f.done_at IS NULL ORDER BY f.opened_at LIMIT 30
"""
OPEN_CONCERNS = """
SELECT c.id, s.id, s.name, c.source, c.opened_at, '' FROM safeguarding_concern c
JOIN students_student s ON s.id = c.student_id
JOIN students_enrolment e ON e.student_id = s.id AND e.ends_on IS NULL
WHERE e.school_class_id = %(class)s AND c.closed_at IS NULL ORDER BY c.opened_at
"""
UNREACHED = """
SELECT g.id, s.id, s.name, p.failing_cause, p.failing_since, a.name FROM guardians_contactpoint p
JOIN guardians_adult a ON a.id = p.adult_id JOIN guardians_guardianship g ON g.adult_id = a.id
JOIN students_student s ON s.id = g.student_id
JOIN students_enrolment e ON e.student_id = s.id AND e.ends_on IS NULL
WHERE e.school_class_id = %(class)s AND p.failing_since IS NOT NULL ORDER BY p.failing_since LIMIT 20
"""
TRIAGE = """
SELECT c.id, s.id, s.name, k.name, c.source, c.opened_at, c.due_at, c.level, u.name
FROM safeguarding_concern c JOIN students_student s ON s.id = c.student_id
JOIN students_enrolment e ON e.student_id = s.id AND e.starts_on <= %(on)s
    AND (e.ends_on IS NULL OR e.ends_on >= %(on)s)
JOIN schools_schoolclass k ON k.id = e.school_class_id
LEFT JOIN accounts_user u ON u.id = c.named_adult_id
WHERE c.school_id = %(school)s AND c.closed_at IS NULL ORDER BY c.level, c.due_at
"""
CASELOAD = """
SELECT c.id, s.id, s.name, k.name, c.state, c.review_on, min(n.starts_at), min(t.due_on), ''
FROM counselling_case c JOIN students_student s ON s.id = c.student_id
JOIN students_enrolment e ON e.student_id = s.id AND e.starts_on <= %(on)s
    AND (e.ends_on IS NULL OR e.ends_on >= %(on)s)
JOIN schools_schoolclass k ON k.id = e.school_class_id
LEFT JOIN counselling_casesession n ON n.case_id = c.id AND n.state = 'planned'
LEFT JOIN counselling_casetask t ON t.case_id = c.id AND t.done_at IS NULL
WHERE c.owner_id = %(user)s GROUP BY c.id, s.id, s.name, k.name ORDER BY c.closed_at, c.review_on
"""

CLASS_FIGURES = """
SELECT k.id, k.name, count(*), count(*) FILTER (WHERE t.student_id IS NOT NULL),
    count(*) FILTER (WHERE w.student_id IS NULL)
FROM students_enrolment e JOIN schools_schoolclass k ON k.id = e.school_class_id
JOIN (
    SELECT DISTINCT g.student_id FROM guardians_guardianship g
    JOIN guardians_migration m ON m.adult_id = g.adult_id AND m.is_away AND m.ends_on IS NULL
    WHERE g.school_id = %(school)s AND g.kind = 'parent' AND g.ends_on IS NULL
) away USING (student_id)
LEFT JOIN (
    SELECT DISTINCT student_id FROM guardians_contact WHERE school_id = %(school)s
        AND retracted_at IS NULL AND happened_on BETWEEN %(on)s::date - 6 AND %(on)s::date
) t USING (student_id)
LEFT JOIN (
    SELECT DISTINCT g.student_id FROM guardians_guardianship g
    JOIN guardians_contactpoint p ON p.adult_id = g.adult_id AND p.failing_since IS NULL
    WHERE g.school_id = %(school)s AND g.ends_on IS NULL
) w USING (student_id)
WHERE e.school_id = %(school)s AND e.ends_on IS NULL GROUP BY k.id, k.name ORDER BY k.id
"""
LINE_OF_WEEKS = """
SELECT ends_on, sum(numerator), sum(denominator) FROM figures_classweek
WHERE school_id = %(school)s AND key = 'connected' AND ends_on > %(on)s::date - 84
GROUP BY ends_on ORDER BY ends_on
"""
OPEN_IN_SCHOOL = """
SELECT coalesce(level, ''), count(*), min(opened_at) FROM safeguarding_concern
WHERE school_id = %(school)s AND closed_at IS NULL GROUP BY 1
"""

Start = Callable[[str, list[tuple[str, str]]], Any]
Query = Callable[..., list[tuple]]

asked = json.loads(Path(os.environ["FLOOR"]).read_text())
_local = threading.local()


def query(statement: str, **more: Any) -> list[tuple]:
    if not hasattr(_local, "cursor"):
        connection = psycopg2.connect(
            os.environ["DATABASE_URL"].replace("postgres://", "postgresql://")
        )
        connection.autocommit = True
        _local.cursor = connection.cursor()
    _local.cursor.execute(statement, _local.keys | more)
    return _local.cursor.fetchall() if _local.cursor.description else []


def frame(page: str, *gaps: tuple[str, str]) -> list[str]:
    """The stored page, cut where the rows stand: from after `start` to before `end`, in order."""
    rest, parts = (Path(asked["folder"]) / f"{page}.html").read_text(), []
    for start, end in gaps:
        before, found, after = rest.partition(start)
        _, closed, tail = after.partition(end)
        if not found or not closed:
            raise SystemExit(f"{page}: no {start} … {end} on the page any more; see floor.py")
        parts.append(before + found)
        rest = closed + tail
    return [*parts, rest]


def class_list(head: str, foot: str) -> str:
    children = query(CHILDREN)
    ids = [child[0] for child in children]
    families: dict[int, list[tuple]] = {}
    for row in query(FAMILIES, ids=ids):
        families.setdefault(row[0], []).append(row)
    contacts = {row[0]: row for row in query(LAST_CONTACTS, ids=ids)}
    answers = {row[0]: row for row in query(LAST_ANSWERS, ids=ids)}
    return head + "".join(_child_rows(children, families, contacts, answers)) + foot


def _child_rows(children, families, contacts, answers) -> Iterator[str]:
    today = date.fromisoformat(_local.keys["on"])
    for pk, name, strengths, _ in children:
        family, contact = families.get(pk, []), contacts.get(pk)
        away = " · ".join(f"{row[1]} {escape(row[5])}" for row in family if row[4])
        carer = " · ".join(f"{row[1]} {escape(row[3])}" for row in family if row[2] == "carer")
        state = STATES.get(answers[pk][1] if pk in answers else "", "b-unknown")
        days = f"{(today - contact[1]).days} 天前" if contact else ""
        how = contact[2] if contact else ""
        yield (
            f'<tr data-row><th scope="row"><span class="avatar av-{ord(name[0]) % 6} av-sm" '
            f'aria-hidden="true">{escape(name[0])}</span><a data-open href="/children/{pk}/">'
            f'{escape(name)}</a></th><td class="wide">{away or "—"}</td><td class="carer">{carer or "—"}'
            f'</td><td class="clock"><svg class="b {state}" aria-hidden="true" focusable="false"><use '
            f'href="/static/sprite.svg#{state}"></use></svg><span>{days}</span> '
            f'<span class="muted desk-only">{how}</span></td><td class="wide muted">'
            f"{escape(strengths)}</td></tr>\n  "
        )


def child(head: str, between: str, beside: str, foot: str) -> str:
    query(NOTE_READ)
    query(STUDENT)
    query(READERS)
    ids = [_local.keys["student"]]
    family, contacts = query(FAMILIES, ids=ids), query(CONTACTS)
    query(LAST_ANSWERS, ids=ids)
    parents = [row for row in family if row[2] == "parent"]
    grid = "".join(_grid_row(parent, contacts) for parent in parents)
    events = _events(query(REPLIES), query(CONCERNS), contacts)
    ways = "".join(_way(*row) for row in query(WAYS))
    return head + grid + between + "".join(events) + beside + ways + foot


def _grid_row(parent: Sequence, contacts: Iterable[tuple]) -> str:
    today = date.fromisoformat(_local.keys["on"])
    monday = today - timedelta(days=today.weekday())
    talked = {(monday - row[1]).days // 7 for row in contacts if row[5] == parent[3]}
    cells = "".join(
        f'<td><span class="mark mark-{"talked" if week in talked else "none"}"></span>'
        f'<span class="sr">{"通过话" if week in talked else "没有"}</span></td>'
        for week in range(WEEKS - 1, -1, -1)
    )
    return f'<tr><th scope="row">{parent[1]}</th>{cells}<td class="sum">{len(talked)} 周</td></tr>'


def _events(replies, concerns, contacts) -> list[str]:
    rows = [
        (str(at), act, str(answer or mood or ""), words, who)
        for at, act, answer, mood, words, who in replies
    ]
    rows += [(str(at), "concern", source, words, "") for at, source, words in concerns]
    rows += [(str(row[1]), row[2], str(row[4] or ""), row[3], row[5]) for row in contacts]
    rows.sort(key=lambda row: row[0], reverse=True)
    return [
        f'<li class="event event-contact"><time>{at}</time><span class="event-i"><svg class="i" '
        f'aria-hidden="true" focusable="false"><use href="/static/sprite.svg#i-bridge"></use></svg></span>'
        f"<div><p><b>{escape(title)}</b> {escape(what)}</p>"
        f'<p class="by">{escape(words)} {escape(who)}</p></div></li>'
        for at, title, what, words, who in rows[:EVENTS]
    ]


def _way(relation: str, kind: str, address: str, works: bool) -> str:
    icon = "check" if works else "x"
    return (
        f'<tr><th scope="row"><a class="link" href="/">{relation}</a></th><td><span class="way way-ok">'
        f'<svg class="i" aria-hidden="true" focusable="false"><use href="/static/sprite.svg#i-{icon}">'
        f"</use></svg>{kind}<small>{escape(address)}</small></span></td></tr>"
    )


def check_in(head: str, between: str, foot: str) -> str:
    rows, teacher = query(CHECK_IN), query(TEACHER)
    names = "、".join(escape(row[3]) for row in rows)
    surname = escape(teacher[0][0][:1]) if teacher else ""
    return f"{head}这星期，您和{names}通话了吗？{between}{surname}老师会看。{foot}"


def timeline(head: str, foot: str) -> str:
    query(NOTE_READ)
    query(STUDENT)
    return head + "".join(_events(query(REPLIES), query(CONCERNS), query(CONTACTS))) + foot


def family_home(head: str, foot: str) -> str:
    cards = [
        f"<span>{escape(name)} {escape(class_name)} {last or ''}</span><span>{due or ''}</span>"
        for _, name, class_name, last, due in query(HOME)
    ]
    return head + "".join(cards) + foot


def family_child(head: str, foot: str) -> str:
    query(STUDENT)
    family = query(FAMILIES, ids=[_local.keys["student"]])
    rows = [f"{escape(words)} {escape(who)} {at}" for words, who, at in query(NEWS)]
    rows += [" ".join(escape(str(part)) for part in letter) for letter in query(LETTER)]
    rows += [f"{row[1]} {escape(row[3])}" for row in family if row[2] == "carer"]
    return head + " ".join(rows) + foot


def today(head: str, foot: str) -> str:
    rows = [*query(OPEN_CONCERNS), *query(FOLLOW_UPS), *query(UNREACHED)]
    return head + "".join(_work(*row) for row in rows) + foot


def _work(key: int, student: int, name: str, why: str, at: Any, who: str | None) -> str:
    return (
        f'<li class="work is-rest" id="work-{key}" data-row><span class="avatar">{escape(name[:1])}</span>'
        f'<a class="who" data-open href="/children/{student}/">{escape(name)}</a><p class="why">'
        f'{escape(why)} {escape(who or "")}</p><span class="when">{at}</span></li>'
    )


def triage(head: str, foot: str) -> str:
    return head + "".join(_concern(*row) for row in query(TRIAGE)) + foot


def caseload(head: str, foot: str) -> str:
    return head + "".join(_concern(*row) for row in query(CASELOAD)) + foot


def _concern(key, student, name, class_name, why, since, until, level, whose) -> str:
    return (
        f'<li class="concern" data-row><a data-open href="/concerns/{key}/#concern"><b>{escape(name)}'
        f'</b></a><small>{escape(class_name)}</small><small>{since}</small><span class="says">{why} '
        f'{level or ""} {until or ""}</span><span class="whose">{escape(whose or "")}</span></li>'
    )


def dashboard(head: str, before_waits: str, before_classes: str, foot: str) -> str:
    classes, weeks = query(CLASS_FIGURES), query(LINE_OF_WEEKS)
    away, talked = sum(row[2] for row in classes), sum(row[3] for row in classes)
    line = " ".join(f"{ends_on} {part * 100 // whole}%" for ends_on, part, whole in weeks if whole)
    waits = "".join(
        f'<tr><th scope="row">{level}</th><td class="num"><b>{n}</b></td><td class="num">{at}</td></tr>'
        for level, n, at in query(OPEN_IN_SCHOOL)
    )
    rows = "".join(
        f'<tr><th scope="row"><a href="/children/?class={pk}">{escape(name)}</a></th><td>{connected} / '
        f'{of}</td><td class="num">{of - connected}</td><td class="num">{unreached}</td></tr>'
        for pk, name, of, connected, unreached in classes
    )
    share = talked * 100 // away if away else ""
    return f"{head}{share}%{before_waits}{waits}{line}{before_classes}{rows}{foot}"


TIMELINE = ('<ol class="timeline">', "</ol>")
OF_CHILD = (("<tbody>", "</tbody>"), TIMELINE, ("<tbody>", "</tbody>"))
# By the name of its row: what answers, and where the rows of ours stand.
MADE_BY: dict[str, tuple[Callable[..., str], tuple[tuple[str, str], ...]]] = {
    "class_list": (class_list, (('<div id="list-part">', "</div>"),)),
    "child": (child, OF_CHILD),
    "child_1000": (child, OF_CHILD),
    "timeline": (timeline, (TIMELINE,)),
    "today": (today, (("<ol>", "</ol>"),)),
    "triage": (triage, (("<ol>", "</ol>"),)),
    "caseload": (caseload, (('<ol class="load">', "</ol>"),)),
    "dashboard": (
        dashboard,
        (
            ('id="big">', "</p>"),
            ('<table class="plain waits">', "</table>"),
            ('id="classes">', "</table>"),
        ),
    ),
    "family_check_in": (check_in, (('<h1 id="q">', "</h1>"), ('<p class="foot">', "</p>"))),
    "family_home": (family_home, (("<figcaption>", "</figcaption>"),)),
    "family_child": (family_child, (("<h1>", "</h1>"),)),
}
PAGES = {
    page["path"]: (MADE_BY[name][0], frame(name, *MADE_BY[name][1]), page["keys"])
    for name, page in asked["pages"].items()
}


def application(environ: dict[str, Any], start_response: Start) -> list[bytes]:
    wanted = environ["PATH_INFO"] + (
        f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else ""
    )
    page, parts, _local.keys = PAGES[wanted]
    body = page(*parts).encode()
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]
