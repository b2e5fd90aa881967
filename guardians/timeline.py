"""Timeline events of a family: contacts, changes of carer, and where the parents moved."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from guardians.models import Contact, Guardianship, Migration
from guardians.presenters import called, contact_word, minutes_words
from guardians.queries import FamilyFacts, latest_contacts
from students.models import Student
from students.timeline import EventKind, TimelineEvent

ICONS = {Contact.Kind.VIDEO: "video", Contact.Kind.VISIT: "home"}


def timeline(student: Student, family: FamilyFacts, limit: int) -> list[TimelineEvent]:
    """Return the last `limit` contacts, every change of carer, and the parents' moves."""
    zone = ZoneInfo(student.school.time_zone)
    by_adult = {row.adult_id: row for row in family.held}
    came = [
        TimelineEvent(
            at=_noon(row.starts_on, zone),
            kind=EventKind.FAMILY,
            icon="home",
            title=_("%(who)s cares for the child")
            % {"who": capfirst(f"{called(row)} {row.adult.name}")},
            is_day_only=True,
        )
        for row in family.held
        if row.kind == Guardianship.Kind.CARER
    ]
    return [
        *(
            _contact(row, by_adult.get(row.adult_id), zone)
            for row in latest_contacts(student, limit)
        ),
        *came,
        *(_move(row, by_adult[row.adult_id], zone) for row in family.moves),
    ]


def _noon(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(12), zone)


def _contact(row: Contact, held: Guardianship | None, zone: ZoneInfo) -> TimelineEvent:
    who = called(held) if held else row.adult.name
    how = " ".join(filter(None, [contact_word(row.kind), minutes_words(row.minutes)]))
    source = str(row.get_reported_by_display())
    return TimelineEvent(
        at=_noon(row.happened_on, zone),
        kind=EventKind.CONTACT,
        icon=ICONS.get(Contact.Kind(row.kind), "bridge"),
        title=_("Talked with %(who)s") % {"who": who},
        text=how,
        meta=f"{source} {row.recorded_by.name}" if row.recorded_by else source,
        is_day_only=True,
        key=row.source_key or "",
        talk=f"{row.adult_id}:{row.happened_on}",
    )


def _move(row: Migration, held: Guardianship, zone: ZoneInfo) -> TimelineEvent:
    who = capfirst(called(held))
    title = (
        _("%(who)s works in %(place)s") % {"who": who, "place": row.place or _("another place")}
        if row.is_away
        else _("%(who)s lives at home") % {"who": who}
    )
    return TimelineEvent(
        at=_noon(row.starts_on, zone),
        kind=EventKind.FAMILY,
        icon="place",
        title=title,
        text=row.work,
        is_day_only=True,
    )
