"""The child page: who is where, what comes next, what happened, and the file beside it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.queries import Reader, readers_of
from classroom import queries as classroom
from classroom import work as classroom_work
from core.days import week_day
from core.prepared import ask_together
from core.requests import key_of
from core.weeks import monday_of
from delivery.channels.wechat.taps import stocks_of
from delivery.presenters.taps import stock_words
from doors.staff.bridges import bridge_state
from doors.staff.child_acts import class_acts, daily_acts, other_acts, permissions_at
from doors.staff.child_questions import ask_for_page
from doors.staff.file_sheets import one_for_each_adult
from doors.staff.floors import timeline, timeline_questions
from doors.staff.next_questions import next_questions
from doors.staff.today import row, work_about
from guardians import presenters as family_words
from guardians import work as family_work
from guardians.legal_status import legal_status_of
from guardians.models import Adult, Guardianship
from guardians.nearby.presenters import near_section
from guardians.nearby.queries import on_record
from guardians.queries import (
    FamilyFacts,
    FamilyMember,
    contact_weeks,
    family_facts,
)
from guardians.rules import age_on, days_since
from messaging.queries.bridges import check_in_states
from privacy.policies import is_of_family
from schools.models import Post, holds_on
from schools.policies import Viewer
from schools.queries import term_on
from schools.roles import Permission, Role
from schools.worklist import WorkItem
from students.law import law_of
from students.models import Enrolment, Student
from students.policies import can_edit_student
from students.presenters import (
    FileSection,
    boarding_words,
    class_section,
    file_sections,
    journey_words,
    left_words,
    moment,
)
from students.queries import departure_of, enrolments_of
from students.timeline import EventKind, TimelineEvent

WEEKS_SHOWN = 13
EVENTS_SHOWN = 8
MORE_EVENTS_TIMES = 3  # for each "Show earlier"
EVENTS_IN_SIGHT = 2  # of these on a phone, the rest in a fold
OF_A_KIND_IN_SIGHT = 3  # when one kind of event was chosen
EVENTS_MAX = 10_000  # that an address can ask for
NEXT_ACTS_SHOWN = 3
READERS_DAYS = 30  # days of the access log that the page counts
# Sections that change about once a year. On a desktop they are in a fold; otherwise the file would be twice
# as high as the page.
SELDOM_ASKED = {
    "identity", "class", "boarding", "address", "journey", "registration", "wish", "strengths",
}  # fmt: skip

FILTERS: dict[str, tuple[EventKind, ...]] = {
    "": (),
    "contact": (EventKind.CONTACT, EventKind.CHECK_IN, EventKind.POSTCARD),
    "seen": (EventKind.OBSERVATION, EventKind.PRAISE, EventKind.ATTENDANCE, EventKind.HOMEWORK),
    "home": (EventKind.LETTER,),
    "visits": (EventKind.VISIT, EventKind.REUNION),
    "concern": (EventKind.CONCERN,),
    "file": (EventKind.ENROLMENT, EventKind.FAMILY),
}


def context(student: Student, viewer: Viewer, params) -> dict:
    only, shown, _wanted = asked_events(params)
    since = mondays_until(viewer.on)[0]
    ask_for_page(
        student, viewer, limit=shown + 1, only=only, since=since, readers_days=READERS_DAYS
    )
    family = family_facts(student)
    members = family.members(viewer.on)
    enrolled = enrolments_of(student)
    enrolment = next((row for row in enrolled if row.covers(viewer.on)), None)
    can_edit = can_edit_student(viewer.user, student, viewer.on)
    may = permissions_at(student.school_id, viewer)
    # Gaps in the file are work for people who may edit it, and only while the child is at this school.
    gaps = family_work.work_about(student, members, viewer.at) if can_edit and enrolment else []
    if Permission.OBSERVE in may and enrolment:
        gaps += classroom_work.work_about(student, viewer.user, viewer.at)
    filed = sections(student, members, viewer.on, can_edit, enrolled)
    return {
        "student": student,
        "at": viewer.at,
        "class_name": enrolment.school_class.name if enrolment else "",
        "class_id": enrolment.school_class_id if enrolment else None,
        "facts": facts(student, viewer.on, enrolled),
        "carers": carers(members),
        "parents": parents(student, members, viewer, can_edit=can_edit),
        "map_label": map_label(student, members, viewer),
        "next_rows": next_rows(student, viewer, gaps),
        "grid": grid(student, members, viewer.on, sees_notes=Permission.OBSERVE in may),
        "reach": (ways := reach(members, viewer)),
        "is_a_way_broken": any(way.state == "no" for one in ways for way in one["ways"]),
        "sections": [one for one in filed if one.lines and one.key not in SELDOM_ASKED],
        "seldom": [one for one in filed if one.lines and one.key in SELDOM_ASKED],
        "missing": [section for section in filed if not section.lines],
        "legal": family_words.legal_words(
            legal_status_of(student, members, viewer.on), members, student
        ),
        "readers": readers_line(student, viewer),
        "can_edit": can_edit,
        "can_record": Permission.WORK_CHECK_INS in may and any(m.is_parent for m in members),
        "can_worry": Permission.RAISE_CONCERNS in may,
        "daily_acts": list(daily_acts(student, may)) if enrolment else [],
        "other_acts": [
            *(class_acts(student, may) if enrolment else ()),
            *other_acts(student, may, can_edit=can_edit),
        ],
        "signals": classroom.signals(student, viewer.on) if Permission.OBSERVE in may else [],
        **timeline_context(student, family, viewer, params),
    }


def facts(student: Student, on: date, enrolled: Sequence[Enrolment]) -> str:
    """Return facts such as 9 岁，走读，步行 25 分钟. If the child has left, that comes first."""
    age = ""
    if student.born_on:
        years = age_on(student.born_on, on)
        age = ngettext("%(n)d year old", "%(n)d years old", years) % {"n": years}
    left = departure_of(enrolled)
    said = [left_words(left, on)] if left else []
    return _(", ").join(filter(None, [*said, age, boarding_words(student), journey_words(student)]))


def carers(members: Sequence[FamilyMember]) -> list[dict]:
    return [
        {
            "relation": family_words.called(m.guardianship),
            "name": m.adult.name,
            "note": _("prefers audio, does not type") if m.adult.prefers_audio else "",
            "url": _adult_url(m),
        }
        for m in members
        if m.guardianship.kind == Guardianship.Kind.CARER and not m.adult.is_blocked
    ]


def _adult_url(member: FamilyMember) -> str:
    place = [member.guardianship.student_id, member.adult.pk]
    return reverse("guardians:family_adult", args=place)


def parents(
    student: Student, members: Sequence[FamilyMember], viewer: Viewer, *, can_edit: bool
) -> list[dict]:
    """Return the rows of components/family_map.html: parents who are not known to live at home."""
    asked = check_in_states([student.pk]).get(student.pk)
    shown = [m for m in members if m.is_parent and (m.migration is None or m.migration.is_away)]
    rows = []
    for member in shown[:3]:
        adult, home = member.adult, member.migration
        contact = member.last_contact
        days = days_since(contact.happened_on, viewer.on) if contact else None
        is_quiet = adult.is_blocked or not adult.may_be_asked_about
        # Do not say "place not known" about somebody who has died or is missing.
        in_touch = adult.condition == Adult.Condition.IN_TOUCH
        nowhere = _("place not known") if in_touch else ""
        shift = str(adult.get_shift_display()) if adult.shift else ""
        said = family_words.standing_words(adult) or family_words.said_words(member, viewer.on)
        rows.append(
            {
                "relation": family_words.relation_word(member.guardianship.relation),
                "name": adult.name,
                "url": _adult_url(member),
                "place": home.place if home else nowhere,
                "work": " ".join(filter(None, [home.work if home else "", shift])),
                "state": bridge_state(home is not None and not is_quiet, False, days, asked),
                "said": said,
                "mend": family_words.mending_of(member) if can_edit else None,
                "clock": "" if is_quiet else family_words.clock_words(adult, viewer.at),
            }
        )
    return rows


def map_label(student: Student, members: Sequence[FamilyMember], viewer: Viewer) -> str:
    told = [
        f"{family_words.called(m.guardianship)}: {family_words.said_words(m, viewer.on)}"
        for m in members
        if m.is_parent
    ]
    return _("From home to the parents: %(who)s") % {"who": _("; ").join(told)}


def next_rows(student: Student, viewer: Viewer, gaps: Sequence[WorkItem]) -> list[dict]:
    mine = work_about(student, viewer.user, viewer.at, gaps)
    zone = student.school.time_zone
    return [row(item, viewer.at, zone) for item in mine[:NEXT_ACTS_SHOWN]]


@dataclass(frozen=True)
class GridLine:
    label: str
    cells: list[str]
    total: str


@dataclass(frozen=True)
class Grid:
    """Up to thirteen weeks. `weeks` holds pairs of (number within the term, its Monday in words)."""

    weeks: list[tuple[int, str]]
    lines: list[GridLine]


def mondays_until(on: date) -> list[date]:
    """Return the Mondays of the weeks that the page shows."""
    this_monday = monday_of(on)
    return [this_monday - timedelta(weeks=n) for n in range(WEEKS_SHOWN - 1, -1, -1)]


def grid(student: Student, members: Sequence[FamilyMember], on: date, *, sees_notes: bool) -> Grid:
    mondays = mondays_until(on)
    talked = contact_weeks(student, mondays[0])
    term = term_on(student.school, on)
    first = monday_of(term.starts_on) if term else mondays[0]
    if first > mondays[0]:
        mondays = [monday for monday in mondays if monday >= first]
    weeks = [((monday - first).days // 7 + 1, week_day(monday)) for monday in mondays]
    lines = []
    for member in members:
        if member.is_parent and member.adult.may_be_asked_about and not member.adult.is_blocked:
            label = _("talk with %(who)s") % {"who": family_words.called(member.guardianship)}
            cells = _cells(mondays, talked.get(member.adult.pk, set()), "talked")
            n = cells.count("talked")
            total = ngettext("%(n)d week", "%(n)d weeks", n) % {"n": n}
            lines.append(GridLine(capfirst(label), cells, total))
    if not sees_notes:
        return Grid(weeks, lines)
    good, seen = classroom.note_weeks(student, mondays[0])
    for label, noted, mark in (
        (_("good news sent home"), good, "good"),
        (_("noticed by staff"), seen, "seen"),
    ):
        total = ngettext("%(n)d time", "%(n)d times", len(noted)) % {"n": len(noted)}
        lines.append(GridLine(capfirst(label), _cells(mondays, set(noted), mark), total))
    for label, found in (
        (_("not at school"), classroom.absent_days([student.pk], mondays[0], on)),
        (_("homework missing"), classroom.missed_days([student.pk], mondays[0], on)),
    ):
        if days := found.get(student.pk):
            missed = {monday_of(day) for day in days}
            total = ngettext("%(n)d day", "%(n)d days", len(days)) % {"n": len(days)}
            lines.append(GridLine(capfirst(label), _cells(mondays, missed, "missed"), total))
    return Grid(weeks, lines)


def _cells(mondays: Sequence[date], weeks: set[date], mark: str) -> list[str]:
    return [mark if monday in weeks else "none" for monday in mondays]


def reach(members: Sequence[FamilyMember], viewer: Viewer) -> list[dict]:
    # Query only if somebody in the family has WeChat.
    in_wechat = {way.adult_id for member in members for way in member.ways if way.kind == "wechat"}
    stocks = stocks_of(in_wechat) if in_wechat else {}
    return [
        {
            "who": family_words.called(member.guardianship),
            "url": _adult_url(member),
            "ways": family_words.ways_of(member, viewer.at, viewer.on),
            "stock": stock_words(stocks[member.adult.pk]) if member.adult.pk in stocks else "",
            "standing": family_words.standing_words(member.adult),
            "advice": family_words.advice(member),
        }
        for member in one_for_each_adult(members)
    ]


def sections(
    student: Student,
    members: Sequence[FamilyMember],
    on: date,
    can_edit: bool,
    enrolled: Sequence[Enrolment],
) -> list[FileSection]:
    """Return what to ask next, where the parents are, who cares, and the sections of the file."""
    where = [
        family_words.where_section(member, on, can_edit)
        for member in members
        if member.is_parent and member.adult.may_be_asked_about
    ]
    near = near_section(on_record(student.pk), on)
    family = [*where, family_words.carer_section(student, members, can_edit), *near]
    own = file_sections(student, can_edit)
    is_here = departure_of(enrolled) is None
    questions = next_questions(student, members)[:1] if can_edit and is_here else []
    return [
        *(
            FileSection(
                key="ask",
                title=_("One more question would help"),
                lines=(ask.words,),
                law=ask.law,
                more=((_("Record it"), ask.url),),
            )
            for ask in questions
        ),
        *(replace(section, law=law_of(section.key)) for section in family),
        own[0],
        class_section(student, enrolled, on, can_edit),
        *own[1:],
    ]


def readers_for(student: Student, viewer: Viewer, since_at: datetime) -> list[Reader]:
    """Return who has read the file.

    Counsellors of other schools who opened a brief or the case are named only to people who look after
    safeguarding; to anybody else they would reveal that there is a case. Staff of the child's own family see
    no village worker, who might reveal an override that is kept from the family.
    """
    hidden: Collection[int] = ()
    if is_of_family(viewer.user, student):
        village = Post.objects.filter(role=Role.VILLAGE_WORKER, school=student.school_id)
        hidden = set(village.values_list("user_id", flat=True))

    def may_be_told(user_ids: set[int]) -> Collection[int]:
        if Permission.CHECK_SAFEGUARDING in permissions_at(student.school_id, viewer):
            return user_ids
        here = Post.objects.filter(user_id__in=user_ids, school=student.school_id)
        posts = here.filter(holds_on(viewer.on))  # a former colleague may work at another school
        return set(posts.values_list("user_id", flat=True))

    return readers_of(student.pk, since_at, may_be_told=may_be_told, hidden=hidden)


def readers_line(student: Student, viewer: Viewer) -> dict[str, int]:
    readers = readers_for(student, viewer, viewer.at - timedelta(days=READERS_DAYS))
    return {"people": len(readers), "times": sum(reader.times for reader in readers)}


def asked_events(params) -> tuple[str, int, int | None]:
    """Return the chosen kind of event, how many to show, and how many the address questions for.

    Only a few different numbers are used, because PostgreSQL prepares a statement for each.
    """
    only = params.get("only", "") if params.get("only", "") in FILTERS else ""
    wanted, shown = key_of(params.get("shown")), EVENTS_SHOWN
    while shown < min(wanted or 0, EVENTS_MAX):
        shown *= MORE_EVENTS_TIMES
    return only, shown, wanted


def timeline_alone(student: Student, viewer: Viewer, params) -> dict:
    """Return `timeline_context` for the part of the page that htmx fetches."""
    only, shown, _wanted = asked_events(params)
    ask_together(timeline_questions(student, viewer.user, viewer.at, shown + 1, only))
    return timeline_context(student, family_facts(student), viewer, params)


def timeline_context(student: Student, family: FamilyFacts, viewer: Viewer, params) -> dict:
    """Return the latest events first. In `params`, `only` chooses a kind and `shown` how many."""
    only, shown, wanted = asked_events(params)
    events = told_once(timeline(student, family, viewer.user, viewer.at, shown + 1, only))
    if only:
        events = [event for event in events if event.kind in FILTERS[only]]
    events.sort(key=lambda event: event.at, reverse=True)
    url = reverse("staff:child", args=[student.pk])
    labels = {
        "": _("All"),
        "contact": _("Contact"),
        "seen": _("Seen"),
        "home": pgettext("school and family", "Letters"),
        "visits": _("Visits"),
        "concern": _("Worries"),
        "file": pgettext("of a child", "File"),
    }
    more = {"only": only, "shown": shown * MORE_EVENTS_TIMES}
    in_sight = OF_A_KIND_IN_SIGHT if only else EVENTS_IN_SIGHT
    if wanted is not None:
        in_sight = EVENTS_MAX
    # Group only the events that are shown: each package returns only its latest, and the rest comes with
    # "Show earlier".
    entries = []
    for told in by_talk(events[:shown]):
        first, *rest = [_event(event, viewer.at, student) for event in told]
        entries.append({**first, "more": rest})
    return {
        "latest": f":{in_sight}",
        "others": f"{in_sight}:",
        "events": entries,
        "has_earlier": len(events) > shown,
        "earlier_url": f"{url}?{urlencode(more)}",
        "timeline_tabs": [
            {
                "url": f"{url}?only={key}" if key else url,
                "label": label,
                "count": None,
                "is_current": key == only,
            }
            for key, label in labels.items()
        ],
    }


def told_once(events: Iterable[TimelineEvent]) -> list[TimelineEvent]:
    """If two events tell the same fact, keep the family's own reply, because it has the mood and the words.

    Copy onto the remaining event the talk that it is about.
    """
    events = list(events)
    replied = {event.key for event in events if event.key and event.kind is EventKind.CHECK_IN}
    talks = {event.key: event.talk for event in events if event.key and event.talk}
    return [
        replace(event, talk=event.talk or talks.get(event.part_of or event.key, ""))
        for event in events
        if event.key not in replied or event.kind is EventKind.CHECK_IN
    ]


def by_talk(events: Iterable[TimelineEvent]) -> list[list[TimelineEvent]]:
    """Group events about the same talk into one entry, placed where its latest event is.

    The first event in an entry represents it: a family's reply if there is one, else the latest report of
    the talk.
    """
    entries: dict[object, list[TimelineEvent]] = {}
    for number, event in enumerate(events):
        entries.setdefault(event.talk or number, []).append(event)
    return [
        sorted(told, key=lambda one: (bool(one.part_of), one.kind is not EventKind.CHECK_IN))
        for told in entries.values()
    ]


TONES = {
    EventKind.CONTACT: "contact",
    EventKind.CONCERN: "concern",
    EventKind.PRAISE: "praise",
}


def _event(event: TimelineEvent, now: datetime, student: Student) -> dict:
    zone = student.school.time_zone
    if event.is_day_only:
        at = moment(event.at, now, zone).rsplit(" ", 1)
        told = at[0] if ":" in at[-1] else " ".join(at)
    else:
        told = moment(event.at, now, zone)
    return {
        "at": capfirst(told),
        "icon": event.icon,
        "tone": TONES.get(event.kind, ""),
        "title": capfirst(event.title),
        "text": event.text,
        "url": event.url,
        "by": [capfirst(event.meta)] if event.meta else [],
        "tags": [{"label": tag, "tone": ""} for tag in event.tags],
    }


def local_moment(at: datetime, now: datetime, student: Student) -> str:
    return moment(timezone.localtime(at), now, student.school.time_zone)
