"""The family in the reader's words: what people are called, which contact details work, what time it is
there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from core.days import clock_time, days_ago, month_of, short_day
from core.names import with_relation
from core.phones import problem_words, readable
from guardians.hours import CHINA, SOME_SHIFT, awake_from, local_day
from guardians.models import Adult, Contact, ContactPoint, Guardianship, Migration, Relation
from guardians.queries import FamilyMember, carers_ever
from guardians.rules import LegalStatus, days_since, is_connected
from guardians.zones import zone_name, zone_of
from schools.hours import within
from students.models import Student
from students.presenters import FileSection


def called(guardianship: Guardianship) -> str:
    """Return what the child calls the adult, such as 妈妈 or 奶奶; the name if the relation says little."""
    return called_as(guardianship.relation, guardianship.adult.name)


def called_as(relation: str, name: str) -> str:
    if relation in (Relation.RELATIVE, Relation.OTHER, Relation.SIBLING):
        return name
    return relation_word(relation)


def named(guardianship: Guardianship) -> str:
    """Return 妈妈 王芳, the relation with the name, in the same form wherever both are shown."""
    return with_relation(called(guardianship), guardianship.adult.name)


def relation_word(relation: str) -> str:
    """Return what a child calls them: 妈妈, not 母亲."""
    return str(RELATION_WORDS.get(relation, ACQUAINTANCE))


# Translated only when displayed: a page uses one of them for each row.
RELATION_WORDS: Mapping[str, object] = {
    Relation.FATHER: pgettext_lazy("what a child says", "father"),
    Relation.MOTHER: pgettext_lazy("what a child says", "mother"),
    Relation.PATERNAL_GRANDFATHER: pgettext_lazy("father's father", "grandfather"),
    Relation.PATERNAL_GRANDMOTHER: pgettext_lazy("father's mother", "grandmother"),
    Relation.MATERNAL_GRANDFATHER: pgettext_lazy("mother's father", "grandfather"),
    Relation.MATERNAL_GRANDMOTHER: pgettext_lazy("mother's mother", "grandmother"),
    Relation.RELATIVE: gettext_lazy("relative"),
    Relation.SIBLING: gettext_lazy("brother or sister"),
}
ACQUAINTANCE = gettext_lazy("acquaintance")


def cause_words(point: ContactPoint) -> str:
    """Return why messages do not arrive here, without the provider's error code."""
    if point.disputed_at:
        return _("the person there said: this is not me")
    if point.problem or not point.address:
        return problem_words(point.problem)
    if not point.failing_since:
        return ""
    return {
        "out_of_service": _("the number is out of service"),
        "number_out_of_service": _("the number is out of service"),
        "no_such_number": _("there is no such number"),
        "invalid_number": _("there is no such number"),
        "phone_off": _("the phone is switched off or out of reach"),
        "number_refuses": _("the recipient refuses our messages"),
        "mailbox_full": _("the mailbox is full"),
        "no_such_mailbox": _("there is no such mailbox"),
        "refused": _("the recipient refuses our messages"),
        "blocked": _("the recipient refuses our messages"),
        "other_account": _("linked to an account that the school no longer uses"),
    }.get(point.failing_cause, _("messages do not arrive"))


@dataclass(frozen=True)
class Way:
    label: str
    state: str
    note: str
    url: str
    mend: dict[str, str] | None  # the link to correct it, if it does not work
    address: str


def ways_of(member: FamilyMember, now: datetime, today: date) -> list[Way]:
    return [way(member, point, today) for point in member.ways]


def way(member: FamilyMember, point: ContactPoint, today: date) -> Way:
    place = [member.guardianship.student_id, member.adult.pk, point.pk]
    state = way_state(member.adult, point)
    is_quiet = bool(standing_words(member.adult))
    return Way(
        label=way_label(point.kind),
        state=state,
        note=way_note(member.adult, point, today),
        url=reverse("guardians:family_way", args=place),
        mend=mending(member.guardianship, point) if state == "no" and not is_quiet else None,
        address=address_words(point),
    )


def mending(held: Guardianship, point: ContactPoint | None) -> dict[str, str]:
    """Return the link for correcting contact details that do not work: `label`, `url`."""
    place = [held.student_id, held.adult_id]
    if point is None:
        return {
            "label": _("Add contact details"),
            "url": reverse("guardians:family_way_add", args=place),
        }
    is_email = point.kind == ContactPoint.Kind.EMAIL
    return {
        "label": _("Correct the address") if is_email else _("Correct the number"),
        "url": reverse("guardians:family_way", args=[*place, point.pk]),
    }


def mending_of(member: FamilyMember) -> dict[str, str] | None:
    """Return `mending` for an adult who cannot be reached; None if something works or if nothing should be
    sent.
    """
    if member.works or standing_words(member.adult):
        return None
    return mending(member.guardianship, member.way_to_correct)


def way_label(kind: str) -> str:
    """Return the heading of a contact point: “Mobile phone”, “E-mail”, “WeChat”."""
    if kind == ContactPoint.Kind.PHONE:
        return _("Mobile phone")
    return _("E-mail") if kind == ContactPoint.Kind.EMAIL else str(ContactPoint.Kind(kind).label)


def address_words(point: ContactPoint) -> str:
    """Return 138 9351 0001, or the address as written if it is not a phone number; for a linked channel,
    where it comes from.
    """
    if point.kind == ContactPoint.Kind.WECOM:
        return _("found in the school's WeCom")
    if point.kind not in ContactPoint.TYPED:
        return _("linked by the family")
    return readable(point.address) if point.address.startswith("+") else point.as_written


def way_state(adult: Adult, point: ContactPoint) -> str:
    if point.disputed_at or point.failing_since or not point.address:
        return "no"
    works = point.verified_at or point.last_delivered_at or point.last_replied_at
    return "ok" if works and not adult.is_blocked else "unknown"


def way_note(adult: Adult, point: ContactPoint, today: date) -> str:
    if adult.is_blocked:
        return _("blocked: nothing is sent")
    if cause := cause_words(point):
        if not point.failing_since:
            return cause
        since = short_day(timezone.localdate(point.failing_since), today)
        return _("%(cause)s, since %(day)s") % {"cause": cause, "day": since}
    for at, words in (
        (point.last_replied_at, _("answered %(ago)s")),
        (point.last_delivered_at, _("arrived %(ago)s")),
        (point.verified_at, _("checked %(ago)s")),
    ):
        if at:
            return words % {"ago": days_ago(max(0, (today - timezone.localdate(at)).days))}
    return _("nothing sent yet")


def advice(member: FamilyMember) -> str:
    """Return what to do if the adult has no usable contact details; empty if there are some."""
    adult = member.adult
    if adult.is_blocked or member.works or not adult.may_be_asked_about:
        return ""
    if not member.ways:
        return _("No number yet. Ask the carer or another relative.")
    return _(
        "No contact details work. Ask the carer for a new number, or ask the village to call in."
    )


def standing_words(adult: Adult) -> str:
    """Return why an adult gets no messages: blocked, opted out, no legal basis, or nobody asks about them."""
    if adult.is_blocked:
        return _("blocked: sees and receives nothing")
    if not adult.may_be_asked_about:
        return _("%(situation)s: not asked about in any message") % {
            "situation": adult.get_condition_display()
        }
    if adult.opted_out_at:
        return _("wants no messages")
    if adult.legal_basis == Adult.LegalBasis.NONE:
        return str(adult.get_legal_basis_display())
    return ""


def clock_words(adult: Adult, at: datetime) -> str:
    """Return 现在多半在睡，17:30 起 if they are probably asleep, else the time there; empty if it is
    as here.
    """
    local = timezone.localtime(at, adult.hours.zone)
    if awake := awake_from(adult.hours, at):
        return _("probably asleep until %(time)s") % {"time": clock_time(awake)}
    if local.utcoffset() != timezone.localtime(at, ZoneInfo(CHINA)).utcoffset():
        return _("it is %(time)s there") % {"time": clock_time(local)}
    return ""


def free_words(adult: Adult, at: datetime) -> str:
    """Return the hours in which their shift allows a call, in their time zone; empty if we would only be
    guessing.
    """
    hours, on = adult.hours, local_day(adult.hours, at)
    if not adult.shift or hours.routine(on) is SOME_SHIFT:
        return ""
    start, end = hours.evening(on)
    if hours.own_quiet and any(within(moment, *hours.own_quiet) for moment in (start, end)):
        return ""
    span = {"start": clock_time(start), "end": clock_time(end)}
    words = _("mostly free from %(start)s to %(end)s") % span
    return _(", ").join([words, *([_time_of(adult.time_zone)] if adult.time_zone != CHINA else [])])


def contact_word(kind: str) -> str:
    return str(CONTACT_WORDS.get(kind, ""))


CONTACT_WORDS: Mapping[str, object] = {
    Contact.Kind.CALL: gettext_lazy("phone"),
    Contact.Kind.VIDEO: gettext_lazy("video"),
    Contact.Kind.VISIT: gettext_lazy("met"),
}


def said_words(member: FamilyMember, today: date) -> str:
    """Return 3 天前，视频 22 分钟, or 9 天没通话 if the last talk is a week or more ago."""
    contact = member.last_contact
    if contact is None:
        return _("no talk recorded yet")
    days = days_since(contact.happened_on, today) or 0
    if not is_connected(days):
        return ngettext("no talk for %(days)d day", "no talk for %(days)d days", days) % {
            "days": days
        }
    how = " ".join(filter(None, [contact_word(contact.kind), minutes_words(contact.minutes)]))
    return _("%(ago)s, %(how)s") % {"ago": days_ago(days), "how": how} if how else days_ago(days)


def minutes_words(minutes: int | None) -> str:
    if not minutes:
        return ""
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


def place_words(migration: Migration | None, today: date) -> str:
    if migration is None:
        return _("not known")
    if not migration.is_away:
        return _("at home since %(month)s") % {"month": month_of(migration.starts_on)}
    where = " ".join(filter(None, [migration.place or _("away"), migration.work]))
    return _("%(where)s, since %(month)s") % {
        "where": where,
        "month": month_of(migration.starts_on),
    }


def carer_section(student: Student, members: Sequence[FamilyMember], can_edit: bool) -> FileSection:
    carers = [m for m in members if m.guardianship.kind == Guardianship.Kind.CARER]
    place = [student.pk]
    return FileSection(
        key="carer",
        title=_("Who cares for the child"),
        lines=tuple(
            _("%(who)s, since %(month)s")
            % {
                # `dict.fromkeys` keeps the name from appearing twice if somebody is called by it.
                "who": " ".join(dict.fromkeys([called(m.guardianship), m.adult.name])),
                "month": month_of(m.guardianship.starts_on),
            }
            for m in carers
        ),
        edit_url=reverse("guardians:family_carer", args=place) if can_edit else "",
        history_url=reverse("guardians:family_carer_history", args=place),
    )


def where_section(member: FamilyMember, today: date, can_edit: bool) -> FileSection:
    place = [member.guardianship.student_id, member.adult.pk]
    shift = str(member.adult.get_shift_display()) if member.adult.shift else ""
    lines = [place_words(member.migration, today), _clock_line(member), shift]
    return FileSection(
        key=f"where-{member.adult.pk}",
        title=_("Where %(who)s lives") % {"who": called(member.guardianship)},
        lines=tuple(filter(None, lines)),
        edit_url=reverse("guardians:family_where", args=place) if can_edit else "",
        history_url=reverse("guardians:family_where_history", args=place),
    )


def _time_of(zone: str) -> str:
    return _("time of %(zone)s") % {"zone": zone_name(zone)}


def _clock_line(member: FamilyMember) -> str:
    """Return the time zone for messages to an adult abroad, or ask which zone it is."""
    zone, place = member.adult.time_zone, member.migration.place if member.migration else ""
    if zone != CHINA:
        return _time_of(zone)
    if zone_of(place).is_unclear:
        return _(
            "This country has several time zones. Messages use China's time until you choose one "
            "under “Name, language and hours”."
        )
    return ""


def details_section(member: FamilyMember, can_edit: bool) -> FileSection:
    adult, place = member.adult, [member.guardianship.student_id, member.adult.pk]
    quiet = ""
    if adult.quiet_from and adult.quiet_until:
        quiet = _("no messages from %(start)s to %(end)s") % {
            "start": clock_time(adult.quiet_from),
            "end": clock_time(adult.quiet_until),
        }
    audio = str(_("would rather listen than read")) if adult.prefers_audio else ""
    zone = _time_of(adult.time_zone) if adult.time_zone != CHINA else ""
    reads = str(adult.get_literacy_display()) if adult.literacy else ""
    shift = str(adult.get_shift_display()) if adult.shift else ""
    lines = [adult.name, str(adult.get_language_display()), reads, audio, shift, quiet, zone]
    return FileSection(
        key=f"details-{adult.pk}",
        title=_("Name, language and hours"),
        lines=tuple(filter(None, lines)),
        edit_url=reverse("guardians:family_details", args=place) if can_edit else "",
        history_url=reverse("guardians:family_history", args=[*place, "details"]),
    )


def standing_section(member: FamilyMember, can_edit: bool) -> FileSection:
    adult, place = member.adult, [member.guardianship.student_id, member.adult.pk]
    lines = [str(adult.get_condition_display()), str(adult.get_legal_basis_display())]
    return FileSection(
        key=f"standing-{adult.pk}",
        title=_("Situation and legal basis"),
        lines=tuple(lines),
        edit_url=reverse("guardians:family_standing", args=place) if can_edit else "",
        history_url=reverse("guardians:family_history", args=[*place, "standing"]),
    )


def sign_in_words(point: ContactPoint) -> str:
    """Return whether this number signs its owner in and, if not, what to do; empty for linked channels and
    invalid numbers.
    """
    if point.kind not in ContactPoint.TYPED or not point.address:
        return ""
    if not point.signs_in_by:
        return _(
            "This number receives messages but cannot sign in yet. They can confirm it on their "
            "own page with a code. If they can no longer sign in, remove the old numbers and print "
            "an invitation slip; two members of staff then confirm it."
        )
    return _("Signs in: %(how)s") % {"how": point.get_signs_in_by_display()}


def call_words(point: ContactPoint) -> str:
    """Return how the weekly question is asked by telephone; "" if it is written.

    Only the form shows the agreed key.
    """
    if not point.by_call:
        return ""
    if point.agreed_key:
        return _(
            "We ask the weekly question by phone and say the child's name after the agreed key"
        )
    return _(
        "We ask the weekly question by phone if the school has a gateway; we do not say the child's "
        "name"
    )


def way_section(
    member: FamilyMember, point: ContactPoint, today: date, can_edit: bool
) -> FileSection:
    shown = way(member, point, today)
    return FileSection(
        key=f"way-{point.pk}",
        title=shown.label,
        lines=tuple(
            filter(None, (shown.address, shown.note, call_words(point), sign_in_words(point)))
        ),
        edit_url=shown.url if can_edit else "",
        history_url=reverse(
            "guardians:family_way_history",
            args=[member.guardianship.student_id, member.adult.pk, point.pk],
        ),
    )


def legal_words(
    status: LegalStatus, members: Sequence[FamilyMember], student: Student
) -> list[str]:
    """Return yes or no by the State Council's definition, or what to ask in order to know."""
    if status is LegalStatus.YES:
        return [_("yes")]
    if status is LegalStatus.NO:
        return [_("no")]
    asks = [] if student.born_on else [_("date of birth")]
    parents = [member for member in members if member.is_parent]
    if len(parents) < 2:
        asks.append(_("both parents"))
    for member in parents:
        who, place = called(member.guardianship), member.migration
        if place is None and member.adult.may_be_asked_about:
            asks.append(_("where %(who)s lives") % {"who": who})
        elif member.guardianship.has_capacity is None and place and not place.is_away:
            asks.append(_("whether %(who)s is able to act as guardian") % {"who": who})
    return [_("not known yet"), _("Please ask: %(what)s") % {"what": _("; ").join(asks)}]


def carer_lines(student: Student) -> list[str]:
    """Return everybody who ever cared for the child, latest first, with their dates."""
    lines = []
    for row in carers_ever(student):
        until = short_day(row.ends_on, date.min) if row.ends_on else ""
        span = {"since": short_day(row.starts_on, date.min), "until": until, "who": row.adult.name}
        lines.append(
            _("%(since)s to %(until)s: %(who)s") % span
            if until
            else _("since %(since)s: %(who)s") % span
        )
    return lines


def whereabouts_lines(rows: Sequence[Migration]) -> list[str]:
    lines = []
    for row in rows:
        where = " ".join(filter(None, [row.place, row.work])) if row.is_away else _("at home")
        span = {
            "since": short_day(row.starts_on, date.min),
            "until": short_day(row.ends_on, date.min) if row.ends_on else "",
            "who": where or _("away"),
        }
        lines.append(
            _("%(since)s to %(until)s: %(who)s") % span
            if row.ends_on
            else _("since %(since)s: %(who)s") % span
        )
    return lines
