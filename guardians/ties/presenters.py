"""An adult's ties to a child, in the reader's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from core.days import month_of, short_day
from core.phones import readable
from core.requests import key_of
from guardians.models import PARENTS, Adult, ContactPoint, DetailsCheck, Guardianship
from guardians.presenters import (
    Way,
    called,
    clock_words,
    free_words,
    mending_of,
    place_words,
    relation_word,
    said_words,
    standing_words,
    way_label,
    ways_of,
)
from guardians.queries import FamilyMember, SharedWay, in_asking_order
from guardians.rules import days_since, is_connected
from guardians.siblings import Sibling
from students.presenters import FileSection


def tie_section(tie: Guardianship, can_edit: bool) -> FileSection:
    place = [tie.student_id, tie.adult_id, tie.pk]
    role = _("%(relation)s, %(role)s") % {
        "relation": relation_word(tie.relation),
        "role": tie.get_kind_display(),
    }
    sees = _("may see how the child is") if tie.may_see_file else _("does not see how the child is")
    decides = _("may decide for the child") if tie.decides else _("does not decide")
    since = _("since %(month)s") % {"month": month_of(tie.starts_on)}
    lines = [role, since, sees, decides]
    if tie.relation in PARENTS:
        # State Council 2016 no. 13 requires it: it decides which children count as left behind.
        capacity = {
            True: _("able to act as guardian"),
            False: _("not able to act as guardian"),
            None: _("not known whether they are able to act as guardian"),
        }
        lines.append(capacity[tie.has_capacity])
    return FileSection(
        key=f"tie-{tie.pk}",
        title=_("To %(child)s") % {"child": tie.student.name},
        lines=tuple(lines),
        edit_url=reverse("guardians:family_tie", args=place) if can_edit else "",
        history_url=reverse("guardians:family_tie_history", args=place),
    )


def ended_line(tie: Guardianship, today: date) -> str:
    who = called(tie)
    facts = {
        "who": f"{who} {tie.adult.name}" if who != tie.adult.name else who,
        "role": tie.get_kind_display(),
        "since": month_of(tie.starts_on),
        "until": short_day(tie.ends_on, today) if tie.ends_on else "",
        "why": tie.end_reason,
    }
    if tie.end_reason:
        return _("%(who)s, %(role)s, %(since)s to %(until)s: %(why)s") % facts
    return _("%(who)s, %(role)s, %(since)s to %(until)s") % facts


@dataclass(frozen=True)
class AskedRow:
    """An adult at the end of an arc. `state`, as in components/bridge.html, says how the arc is drawn."""

    tie: int
    name: str
    url: str
    role: str
    place: str
    shift: str
    talk: str
    state: str
    ways: list[Way]
    mend: dict[str, str] | None
    is_away: bool  # only adults of the same side (away or at home) can swap places
    is_first: bool
    is_last: bool

    @property
    def is_alone(self) -> bool:
        return self.is_first and self.is_last


def asked_rows(members: Sequence[FamilyMember], at: datetime, today: date) -> list[AskedRow]:
    """Return those of `members` (the whole family) whom the school asks, in that order."""
    asked = in_asking_order(members)
    away = [one.is_parent_away for one in asked]
    return [
        AskedRow(
            tie=one.guardianship.pk,
            name=one.adult.name,
            url=_adult_url(one),
            role=_roles_of(one.adult, members),
            place=place_words(one.migration, today) if one.is_parent else "",
            shift=shift_words(one.adult, at),
            talk=said_words(one, today) if one.is_parent_away else "",
            state=arc_state(one, today),
            ways=ways_of(one, at, today),
            mend=mending_of(one),
            is_away=one.is_parent_away,
            is_first=place == 0 or away[place - 1] != one.is_parent_away,
            is_last=place + 1 == len(asked) or away[place + 1] != one.is_parent_away,
        )
        for place, one in enumerate(asked)
    ]


def arc_state(member: FamilyMember, today: date) -> str:
    if not member.works:
        return "nobody"
    if not member.is_parent_away:
        return "at_home" if member.migration or not member.is_parent else "unknown"
    if member.last_contact is None:
        return "unknown"
    is_late = not is_connected(days_since(member.last_contact.happened_on, today))
    return "not_yet" if is_late else "talked"


def shift_words(adult: Adult, at: datetime) -> str:
    """Return their shift, when a call suits them, and their local time or that they are
    asleep, in one line.
    """
    shift = str(adult.get_shift_display()) if adult.shift else ""
    return _(", ").join(filter(None, [shift, free_words(adult, at), clock_words(adult, at)]))


def other_rows(members: Sequence[FamilyMember], today: date) -> list[dict[str, str]]:
    """Return the adults of the family whom the school does not ask, and why."""
    asked = {one.adult.pk for one in in_asking_order(members)}
    others = {one.adult.pk: one for one in reversed(members) if one.adult.pk not in asked}
    return [
        {
            "name": one.adult.name,
            "url": _adult_url(one),
            "role": _roles_of(one.adult, members),
            "place": place_words(one.migration, today) if one.is_parent else "",
            "why": standing_words(one.adult) or _("emergency contact, never asked automatically"),
        }
        for one in reversed(others.values())
    ]


def _roles_of(adult: Adult, members: Sequence[FamilyMember]) -> str:
    ties = [one.guardianship for one in members if one.adult.pk == adult.pk]
    # "Mother" already says that she is a parent.
    told = [
        tie for tie in ties if tie.kind != Guardianship.Kind.PARENT or tie.relation not in PARENTS
    ]
    kinds = [str(tie.get_kind_display()) for tie in told]
    return _(", ").join([relation_word(ties[0].relation), *kinds])


def _adult_url(member: FamilyMember) -> str:
    tie = member.guardianship
    return reverse("guardians:family_adult", args=[tie.student_id, tie.adult_id])


def wanted_order(members: Sequence[FamilyMember], sent: QueryDict) -> list[int] | None:
    """Return the guardianships in the requested order: `earlier` or `later` moves one of them, `tie` lists
    all of them.

    None if they are not those of the adults whom the school asks now.
    """
    now = [one.guardianship.pk for one in in_asking_order(members)]
    for way, step in (("earlier", -1), ("later", 1)):
        if way in sent:
            pk = key_of(sent.get(way))
            if pk not in now:
                return None
            place = now.index(pk)
            other = min(max(place + step, 0), len(now) - 1)
            now[place], now[other] = now[other], now[place]
            return now
    wanted = [pk for pk in map(key_of, sent.getlist("tie")) if pk is not None]
    return wanted if sorted(wanted) == sorted(now) else None


@dataclass(frozen=True)
class Sharing:
    """The other people who share one number or channel."""

    text: str
    is_barred: bool


def sharing_words(shared: Sequence[SharedWay]) -> list[Sharing]:
    rows = []
    for one in shared:
        is_typed = one.point.kind in ContactPoint.TYPED
        number = readable(one.point.address) if is_typed else way_label(one.point.kind)
        names = _(", ").join(other.name for other in one.others)
        words = _("%(number)s also reaches %(names)s.") % {"number": number, "names": names}
        if one.is_barred:
            barred = _(", ").join(other.name for other in one.others if other.is_blocked)
            words = _("%(number)s also reaches %(name)s, who is blocked: nothing is sent there.")
            words = words % {"number": number, "name": barred}
        rows.append(Sharing(words, one.is_barred))
    return rows


OF_THE_SCHOOL = (Adult.BlockGround.SAFEGUARDING, Adult.BlockGround.REPORT)


def block_lines(adult: Adult, today: date, *, may_know: bool) -> list[str]:
    """Return the reason, the ground with its decision and date, and who recorded the block; empty if the
    adult is not blocked.

    Viewers who do not handle safeguarding (`may_know`) get nothing if the school itself decided or a report
    holds the block: this could reveal a report of suspected harm and its author.
    """
    if adult.blocked_at is None:
        return []
    if not may_know and (adult.held_by_report or adult.blocked_ground in OF_THE_SCHOOL):
        return []
    lines = [adult.blocked_reason]
    if adult.blocked_ground:
        decided = short_day(adult.blocked_decided_on, today) if adult.blocked_decided_on else ""
        ground = [str(adult.get_blocked_ground_display()), adult.blocked_decision, decided]
        lines.append(_(", ").join(filter(None, ground)))
    if adult.blocked_by:
        lines.append(_("written down by %(name)s") % {"name": adult.blocked_by.name})
    return lines


def sibling_words(sibling: Sibling) -> str:
    """Return a description of a child whose name the viewer may not see."""
    if sibling.is_same_school:
        return _("a brother or sister in another class")
    return _("a brother or sister at another school")


def change_lines(check: DetailsCheck) -> list[str]:
    """Return what the family changed or asks for since a teacher last looked."""
    words = {
        "phone": _("new number %(words)s"),
        "place": _("now in %(words)s"),
        "carer": _("who cares now: %(words)s"),
    }
    at_home = _("now at home")
    latest = {kind: said for kind, said in check.changes if kind in check.asks_teacher.split()}
    return [words[kind] % {"words": said} if said else at_home for kind, said in latest.items()]
