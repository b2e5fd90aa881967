"""Threads as text, and the staff pages: the inbox with one conversation beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from zlib import crc32
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core import languages
from core.addresses import address
from core.days import clock_or_day, clock_time, days_ago, near_day, short_day
from core.names import teacher_name
from delivery.models import OutboxMessage
from delivery.services import transcription
from delivery.texts import cause_in_words
from guardians.hours import local_day, next_allowed
from guardians.models import Adult, Guardianship
from guardians.presenters import called as called_by_child
from guardians.presenters import called_as, clock_words
from guardians.queries import last_ties
from schools.policies import Viewer
from schools.queries import quiet_hours_of
from schools.roles import Permission
from threads import policies, queries
from threads.forms import SayForm
from threads.models import MachineText, Sighting, Thread, ThreadMessage
from threads.queries import Conversation, Person, Row, Word, telling
from threads.rules import PREVIEW

State = OutboxMessage.State
MINE, CLASS, SCHOOL, DONE = "mine", "class", "school", "done"


@dataclass(frozen=True)
class MachineLine:
    """What a machine made of a message, with its label. `text` is empty if there is none, or none yet."""

    label: str
    text: str = ""
    language: str = ""


@dataclass(frozen=True)
class Bubble:
    """One message on a page.

    `side` is me, them or auto. `notes` says who has seen it and what became of its ping. `machine` is
    what a machine made of it, which staff see below the message and families see in its place.
    """

    pk: int
    side: str
    time: str
    day: str = ""
    author: str = ""
    text: str = ""
    photo_url: str = ""
    voice_url: str = ""
    seconds: int | None = None
    is_first: bool = False
    calls_for_help: bool = False
    wants_call: bool = False
    via: str = ""
    notes: list[str] = field(default_factory=list)
    is_seen: bool = False
    back: str = ""
    machine: list[MachineLine] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """Return a fingerprint that changes with anything shown of the message."""
        return f"{crc32(repr(self).encode()):x}"


def relation_of(adult: Adult, relations: Mapping[int, Guardianship]) -> str:
    """Return 妈妈, or the name if the relation is not known."""
    held = relations.get(adult.pk)
    return called_by_child(held) if held else adult.name


def title_of(thread: Thread, people: Sequence[Adult], relations: Mapping[int, Guardianship]) -> str:
    child = thread.student.name if thread.student else None
    return family_of(child, [relation_of(adult, relations) for adult in people])


def family_of(child: str | None, who: Sequence[str]) -> str:
    """Return 徐梦瑶妈妈; with several adults 徐梦瑶妈妈、爸爸; without a child the adult's name."""
    words = _(", ").join(who)
    if child is None:
        return words
    return pgettext("whose family", "%(child)s's %(who)s") % {"child": child, "who": words}


def names_of(thread: Thread, people: Sequence[Adult]) -> str:
    return "" if thread.student is None else _(", ").join(adult.name for adult in people)


def called(person: Person) -> str:
    return called_as(person.relation, person.name) if person.relation else person.name


@dataclass(frozen=True, slots=True)
class MailRow:
    """One thread in the list, as text (templates/parts/threads/mail.html)."""

    url: str
    name: str  # whose surname is shown before the row
    title: str
    who: str
    time: str
    text: str
    has_voice: bool
    is_unread: bool
    owner: str  # the person who answers; "" if it is the viewer
    has_owner: bool
    is_current: bool


def row(one: Row, viewer_id: int, at: datetime, is_current: bool, query: str = "") -> MailRow:
    names = [person.name for person in one.people]
    answers = pgettext("who answers a family", "%(name)s answers") % {"name": one.owner_name}
    return MailRow(
        url=address("threads:thread", one.pk) + query,
        name=one.student_name or (names[0] if names else ""),
        title=family_of(one.student_name, [called(person) for person in one.people]),
        who="" if one.student_id is None else _(", ").join(names),
        time=when(one.last_at, at, one.zone),
        text=preview(one.last, viewer_id) if one.last else "",
        has_voice=bool(one.last and one.last.voice_id),
        is_unread=one.is_unread,
        owner=answers if one.owner_name and one.owner_id != viewer_id else "",
        has_owner=one.owner_id is not None,
        is_current=is_current,
    )


def when(then_at: datetime, at: datetime, zone: str) -> str:
    """Return a time as text: 9:38 today, 昨天, 11月22日."""
    then, today = (
        timezone.localtime(then_at, ZoneInfo(zone)),
        timezone.localdate(at, ZoneInfo(zone)),
    )
    days = (today - then.date()).days
    if days <= 0:
        return clock_time(then)
    return days_ago(1) if days == 1 else short_day(then.date(), today)


def preview(message: Word, viewer_id: int) -> str:
    said = said_words(message)
    if message.user_id == viewer_id:
        return _("You: %(words)s") % {"words": said}
    return said


def said_words(message: ThreadMessage | Word) -> str:
    parts = []
    if message.voice_id:
        parts.append(seconds_words(message.seconds))
    if message.photo_id:
        parts.append(_("a photo"))
    if message.text:
        parts.append(message.text[:PREVIEW])
    if message.wants_call and not message.text:
        parts.append(_("Please call me"))
    return _(", ").join(parts) or _("a recording that is no longer kept")


def seconds_words(seconds: int | None) -> str:
    return ngettext("%(n)d second", "%(n)d seconds", seconds or 0) % {"n": seconds or 0}


# -- one conversation -------------------------------------------------------------------------


@dataclass(frozen=True)
class Reader:
    """The person reading the page: a member of staff, or one adult with all their records."""

    at: datetime
    zone: str
    user_id: int | None = None
    adult_ids: frozenset[int] = frozenset()
    space: str = "threads"
    owner_id: int | None = None  # of the thread, whom the page already names above it
    language: str = ""

    @property
    def is_staff(self) -> bool:
        return self.user_id is not None


def bubbles(
    talk: Conversation,
    reader: Reader,
    people: Sequence[Adult],
    relations: Mapping[int, Guardianship],
) -> list[Bubble]:
    zone = ZoneInfo(reader.zone)
    shown, day, today = [], None, timezone.localdate(reader.at, zone)
    for message in talk.messages:
        local, is_family = timezone.localtime(message.at, zone), message.adult_id is not None
        heading = "" if local.date() == day else near_day(local.date(), today)
        day = local.date()
        is_own = not is_family if reader.is_staff else message.adult_id in reader.adult_ids
        back_at = message.back_at
        shown.append(
            Bubble(
                pk=message.pk,
                side="auto" if message.is_automatic else "me" if is_own else "them",
                day=heading,
                time=clock_time(local),
                author=_author(message, reader, relations),
                text=message.text,
                photo_url=_file_url(message, "photo", reader) if message.photo_id else "",
                voice_url=_file_url(message, "voice", reader) if message.voice_id else "",
                seconds=message.voice.seconds if message.voice else None,
                is_first=message.opens_exchange and is_family,
                calls_for_help=message.calls_for_help,
                wants_call=message.wants_call,
                via="" if message.via in ("page", "automatic") else message.get_via_display(),
                notes=_notes(message, talk, reader, people, relations),
                is_seen=any(one.user_id for one in talk.sightings.get(message.pk, ())),
                back=clock_time(timezone.localtime(back_at, zone)) if back_at else "",
                machine=_machine(talk.machine_texts.get(message.pk, []), reader, is_own),
            )
        )
    return shown


def _machine(made: Sequence[MachineText], reader: Reader, is_own: bool) -> list[MachineLine]:
    """Return the machine texts to show.

    Staff see all texts in their language, and transcripts; a family sees translations of what others
    wrote. A text still waiting for a service that the school no longer has is not shown.
    """
    if is_own:
        return []
    shown = []
    for one in made:
        if one.kind == MachineText.Kind.TRANSCRIPT:
            if reader.is_staff and (one.has_ended or one.made_at or transcription.is_offered()):
                shown.append(_transcript(one))
        elif one.language == reader.language and (reader.is_staff or not one.voice_id):
            if one.has_ended:
                shown.append(MachineLine(_("Could not be translated")))
            elif one.made_at and not one.waits_for_ear:  # type: ignore[attr-defined]
                label = _("Translated by machine")
                shown.append(MachineLine(label, one.text, one.language))
    return shown


def _transcript(one: MachineText) -> MachineLine:
    if one.waits_for_ear:  # type: ignore[attr-defined]
        return MachineLine(_("Please listen first. Then we can transcribe it."))
    if one.has_ended:
        return MachineLine(_("Could not be transcribed: please listen"))
    if not one.made_at:
        return MachineLine(_("Being transcribed"))
    label = _("Transcribed by machine, may be wrong: listen")
    return MachineLine(label, one.text, one.language)


def _author(message: ThreadMessage, reader: Reader, relations) -> str:
    """Return the author if it is not obvious: another teacher, or one of two parents."""
    if user := message.user:
        if user.pk in (reader.user_id, None if reader.is_staff else reader.owner_id):
            return ""
        return user.name if reader.is_staff else teacher_name(user.surname)
    if message.adult is None or message.adult_id in reader.adult_ids:
        return ""
    return relation_of(message.adult, relations)


def _file_url(message: ThreadMessage, kind: str, reader: Reader) -> str:
    return reverse(f"{reader.space}:file", args=[message.pk, kind])


def _notes(message, talk, reader, people, relations) -> list[str]:
    """Return who has seen a message: for staff about the school's messages, for a family about its own."""
    seen = talk.sightings.get(message.pk, [])
    if message.is_automatic:
        return []
    if reader.is_staff and message.user_id:
        notes = []
        for adult in people:
            who = relation_of(adult, relations)
            sighting = next((one for one in seen if one.adult_id == adult.pk), None)
            ping = telling(message, talk.pings.get(adult.pk, ()))
            if sighting:
                notes.append(_seen_words(sighting, who, reader))
            elif ping:
                notes.append(told_words(ping, adult, who, reader))
        return notes
    if not reader.is_staff and message.adult_id in reader.adult_ids:
        return [
            _seen_words(one, teacher_name(one.user.surname), reader) for one in seen if one.user_id
        ]
    return []


def _seen_words(sighting: Sighting, who: str, reader: Reader) -> str:
    moment = sighting.heard_at or sighting.seen_at
    values = {"who": who, "time": when(moment, reader.at, reader.zone)}
    if sighting.heard_at:
        return _("%(who)s heard it, %(time)s") % values
    return _("%(who)s read it, %(time)s") % values


def told_words(ping: OutboxMessage, adult: Adult, who: str, reader: Reader) -> str:
    """Return what became of the ping to an adult."""
    if ping.state in (State.DUE, State.RETRY, State.CLAIMED):
        due_at = next_allowed(adult.hours, max(ping.due_at, reader.at))
        if due_at > reader.at:
            values = {"who": who, "time": clock(due_at, reader)}
            return _("We will tell %(who)s at %(time)s") % values
        return _("%(who)s is being told") % {"who": who}
    values = {"who": who, "time": when(ping.sending_at or ping.due_at, reader.at, reader.zone)}
    if ping.state == State.ACCEPTED:
        return _("%(who)s was sent a message, %(time)s; not read yet") % values
    if ping.state == State.DELIVERED:
        return _("a message is on %(who)s's phone, %(time)s; not read yet") % values
    cause = cause_in_words(ping.cause) or str(ping.get_state_display())
    return _("%(who)s was not told: %(cause)s") % {"who": who, "cause": cause}


def clock(then_at: datetime, reader: Reader) -> str:
    """Return 17:30, with the date if it is another day."""
    then = timezone.localtime(then_at, ZoneInfo(reader.zone))
    today = timezone.localdate(reader.at, ZoneInfo(reader.zone))
    return clock_or_day(then, today)


def told_when(people: Sequence[Adult], relations, reader: Reader) -> str:
    """Return when adults in quiet hours will be notified, for the text under the button.

    Empty if every ping is sent at once.
    """
    late = [
        (adult, due)
        for adult in people
        if not adult.is_blocked and (due := next_allowed(adult.hours, reader.at)) > reader.at
    ]
    words = [
        _("%(who)s at %(time)s")
        % {"who": relation_of(adult, relations), "time": clock(due, reader)}
        for adult, due in late
    ]
    return _("Will be notified when awake: %(who)s") % {"who": _(", ").join(words)} if words else ""


def not_told(people: Sequence[Adult], relations) -> list[str]:
    """Return who in the thread gets no ping, and why. The message is on the family's page all the same."""
    found = []
    for adult in people:
        who = {"who": relation_of(adult, relations)}
        if adult.is_blocked:
            found.append(_("%(who)s is blocked: sees and receives nothing.") % who)
        elif adult.opted_out_at:
            found.append(
                _("%(who)s has opted out of messages and reads this only on opening the page.")
                % who
            )
        elif adult.legal_basis == Adult.LegalBasis.NONE:
            found.append(_("No legal basis is recorded for %(who)s, so no message is sent.") % who)
    return found


def best_hours(adult: Adult, at: datetime) -> str:
    """Return the adult's free evening of that day in their local time: 17:00–20:00."""
    hours = adult.hours
    start, end = hours.evening(local_day(hours, at))
    return f"{clock_time(start)}–{clock_time(end)}"


def zone_name(adult: Adult) -> str:
    return adult.hours.zone.key


def reader_of(viewer: Viewer) -> Reader:
    zone = viewer.school.time_zone if viewer.school else "Asia/Shanghai"
    language = languages.active()
    return Reader(viewer.at, zone, user_id=viewer.user.pk, language=language)


def inbox(
    viewer: Viewer, tab: str, query: str, current: int | None, skip: int = 0
) -> dict[str, Any]:
    """Return two groups of the user's own threads, or one list for another tab or a search."""
    tab = tab if tab in _tabs(viewer) else MINE
    groups = _groups(viewer, tab, query, current, skip)
    url = reverse("threads:inbox")
    more_url = ""
    if any(group["has_more"] for group in groups):
        asked = {"tab": tab, "skip": skip + queries.ROWS} | ({"q": query} if query else {})
        more_url = f"?{urlencode(asked)}"
    return {
        "tab": tab,
        "query": query,
        "tabs": [
            {
                "label": label,
                "url": f"{url}?tab={key}",
                "is_current": key == tab and not query,
                "count": None,
            }
            for key, label in _tabs(viewer).items()
        ],
        "names_owner": tab == SCHOOL and not query,
        "groups": [group for group in groups if group["rows"]],
        "is_empty": not any(group["rows"] for group in groups),
        "tray": len(
            queries.in_tray(user=viewer.user, on=viewer.on, school_id=school_id_of(viewer))
        ),
        "more_url": more_url,
    }


def _tabs(viewer: Viewer) -> dict[str, str]:
    tabs = {MINE: _("Mine")}
    if viewer.can(Permission.VIEW_OWN_CLASS):
        tabs[CLASS] = _("Whole class")
    if viewer.can(Permission.READ_THREADS):
        tabs[SCHOOL] = _("Whole school")
    return tabs | {DONE: _("Done")}


def _groups(
    viewer: Viewer, tab: str, query: str, current: int | None, skip: int
) -> list[dict[str, Any]]:
    """Return the lists of a tab, or what a search finds."""
    until = skip + queries.ROWS + 1  # one more than shown tells whether there is more
    # Each limit is a prepared statement of its own. Round up, so that paging creates a dozen at
    # most.
    limit = 1 << (until - 1).bit_length()
    asked: dict[str, Any] = {
        "user": viewer.user,
        "on": viewer.on,
        "school_id": school_id_of(viewer),
        "limit": limit,
    }
    if query:
        lists = {"": queries.search(text=query, **asked)}
    elif tab == DONE:
        lists = {"": queries.finished(**asked)}
    elif tab == SCHOOL:
        lists = {_("Waiting for the school"): queries.school_waiting(**asked)}
    else:
        is_own = tab == MINE
        waiting = queries.own_waiting if is_own else queries.class_waiting
        going = queries.own_followed if is_own else queries.class_followed
        lists = {_("Waiting for your answer"): waiting(**asked), _("Going on"): going(**asked)}
    behind = "" if tab == MINE else f"?tab={tab}"
    return [
        {
            "title": title,
            "rows": [
                row(one, viewer.user.pk, viewer.at, one.pk == current, behind)
                for one in queries.rows_of(found[skip : until - 1])
            ],
            "has_more": len(found) >= until,
        }
        for title, found in lists.items()
    ]


def school_id_of(viewer: Viewer) -> int:
    return viewer.school.pk if viewer.school else 0


def conversation(
    viewer: Viewer, thread: Thread, form: SayForm | None = None, before: int | None = None
) -> dict[str, Any]:
    """Return one thread for staff who work on it or may read it."""
    reader, people = reader_of(viewer), queries.people_of(thread)
    relations = relations_of(thread, people)
    talk = queries.conversation(thread, before)
    is_in_hand = policies.is_in_hand(viewer.user, thread, viewer.on)
    others: list[Guardianship] = []  # adults of the family who could join
    if is_in_hand and thread.student:
        inside = {one.pk for one in people}
        family = policies.who_may_be_written_to(thread.student, viewer.on)
        others = [held for held in family if held.adult_id not in inside]
    return {
        "thread": thread,
        "talk": talk,
        "state": "" if before else talk.state(is_staff=True),
        "bubbles": bubbles(talk, reader, people, relations),
        "title": title_of(thread, people, relations),
        "names": names_of(thread, people),
        "clocks": [words for one in people if (words := clock_words(one, viewer.at))],
        "not_told": not_told(people, relations),
        "told_when": told_when(people, relations, reader),
        "is_mine": thread.owner_id == viewer.user.pk,
        "may_write": is_in_hand,
        "call_backs": [
            {
                "call": call,
                "who": relation_of(call.adult, relations),
                "hours": best_hours(call.adult, viewer.at),
            }
            for call in queries.open_call_backs(thread, viewer.on)
        ],
        "hand_overs": list(thread.hand_overs.select_related("from_user", "to_user", "by")),
        "readings": list(thread.readings.select_related("user")[:5]),
        "others": others,
        "phrases": list(policies.phrases_for(viewer.user, thread.school)) if is_in_hand else [],
        "quiet": quiet_hours_of(viewer.user, thread.school),
        "form": form,
        "key": form.fresh_key if form else uuid4(),
    }


def relations_of(thread: Thread, people: Sequence[Adult]) -> dict[int, Guardianship]:
    """Return ties by adult; empty if the thread is about no child."""
    ties = last_ties([(thread.student_id, one.pk) for one in people if thread.student_id])
    return {adult_id: tie for (_child, adult_id), tie in ties.items()}
