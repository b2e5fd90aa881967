"""Text for a concern: who asked, what it needs and how long it waits."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import User
from core.days import clock_time, day_and_time, full_day_and_time
from delivery.queries.calls import Rung
from guardians.models import Relation
from safeguarding.models import Concern, ConcernEntry
from safeguarding.sources import PHONE, TAKEN_BACK, TEXT
from schools.roles import Role
from students.models import Student

Relations = Mapping[tuple[int, int], str]
FROM_STAFF = (
    Concern.Source.STAFF,
    Concern.Source.ALONE,
    Concern.Source.DANGER,
    Concern.Source.REPORT,
    Concern.Source.SIGNALS,
)
NOBODY_ASKED = (Concern.Source.CARE_GAP, Concern.Source.NIGHT, Concern.Source.SURVEY)


def who_asks(concern: Concern, relations: Relations) -> str:
    """Return "妈妈 王芳", the child's name or the colleague's name; nothing if nobody asked."""
    if concern.source in NOBODY_ASKED:
        return ""
    if concern.source == Concern.Source.FAMILY:
        if concern.adult is None:
            return ""
        relation = relations.get((concern.student_id, concern.adult.pk), "")
        label = str(Relation(relation).label) if relation else ""
        return f"{label} {concern.adult.name}".strip()
    if concern.source in FROM_STAFF and concern.raised_by:
        return concern.raised_by.name
    if concern.source == Concern.Source.PEER:
        return _("Another child")
    return concern.student.name


def why(concern: Concern, relations: Relations) -> str:
    """Say what happened in one sentence, quoting the person who asks."""
    who, said = who_asks(concern, relations), concern.words
    if concern.source == Concern.Source.FAMILY:
        sentence = _called_for_help(concern, who)
    elif concern.source == Concern.Source.STAFF:
        sentence = _("%(who)s is worried.") % {"who": who}
    elif concern.source == Concern.Source.CARE_GAP:
        sentence = _("As far as we know, nobody is looking after this child now.")
    elif concern.source == Concern.Source.ALONE:
        sentence = _(
            "The child told %(who)s during a visit that nobody else is there at night."
        ) % {"who": who}
    elif concern.source == Concern.Source.DANGER:
        sentence = _("At a visit %(who)s saw danger within the child's reach.") % {"who": who}
    elif concern.source == Concern.Source.NIGHT:
        # Its text lists hour by hour what was tried; the page of the concern shows it, a list does not.
        return _("As far as we know, no adult is with the child tonight.")
    elif concern.source == Concern.Source.REPORT:
        sentence = _("%(who)s wrote a report of suspected harm.") % {"who": who}
    elif concern.source == Concern.Source.SIGNALS:
        sentence = _("%(who)s looked at signals that came together and asks for a look.") % {
            "who": who
        }
    elif concern.source == Concern.Source.SURVEY:
        sentence = _("An answer in the questions at school: somebody should be with the child now.")
    else:
        sentence = _told_by_child(concern) + _by_keys(concern)
    return sentence + (_(" “%(words)s”") % {"words": said} if said else "")


def is_taken_back(concern: Concern) -> bool:
    """Return whether the text behind it had been given to this family by mistake."""
    return concern.source_key.startswith(f"{TAKEN_BACK}:")


def _called_for_help(concern: Concern, who: str) -> str:
    if is_taken_back(concern):
        return _("A call for help had been given to this family by mistake and was taken back.")
    if TEXT.row_of(concern.source_key):
        return _(
            "A text from a phone of this family asks for help; it is not certain who wrote it."
        )
    return capfirst(_("%(who)s tapped “I need help”.") % {"who": who})


def _told_by_child(concern: Concern) -> str:
    if concern.source == Concern.Source.PEER:
        return _("Another child is worried about this child and told us.")
    if concern.source == Concern.Source.FOR_PEER:
        return _("Is worried about another child but did not give a name. Please ask who it is.")
    if concern.source == Concern.Source.HURT:
        if concern.hurt_by == Concern.HurtBy.ADULT:
            return _("Says that a grown-up is hurting them.")
        if concern.hurt_by == Concern.HurtBy.CHILD:
            return _("Says that other children are hurting or bullying them.")
        return _("Says that somebody is hurting or bullying them.")
    whom = Role(concern.asked_for).label if concern.asked_for in Role.values else _("anybody")
    words = {"now": _("right now"), "soon": _("soon"), "today": _("some time today")}
    return _("Asked to talk to someone: %(whom)s, %(when)s.") % {
        "whom": whom,
        "when": words.get(concern.wanted_when, ""),
    }


def _by_keys(concern: Concern) -> str:
    if PHONE.row_of(concern.source_key) is None:
        return ""
    return " " + _(
        "Reported with the phone's keys. Please ask the child: somebody else may have pressed them."
    )


def act_label(concern: Concern) -> str:
    """Return the label of the one action that the concern waits for."""
    if concern.acknowledged_at:
        return done_label(concern)
    if is_taken_back(concern):
        return _("I see to it")
    if concern.source == Concern.Source.FAMILY:
        return _("Phone back")
    if concern.student.sex == Student.Sex.MALE:
        return pgettext("to a boy", "I'll see him now")
    return pgettext("to a girl", "I'll see her now")


def done_label(concern: Concern) -> str:
    if is_taken_back(concern):
        return _("It is cleared up")
    from_family = concern.source == Concern.Source.FAMILY
    return _("I have answered") if from_family else _("I have been with the child")


def whose(concern: Concern, viewer: User, at: datetime) -> str:
    """Say who has taken it, or who should take it and by when."""
    name = _("You") if concern.named_adult_id == viewer.pk else str(concern.named_adult or "")
    if concern.closed_at:
        return _("Closed: %(how)s") % {"how": concern.get_closing_display()}
    if concern.acknowledged_at:
        when = taken_text(concern.acknowledged_at, at, concern)
        return _("%(name)s took it %(when)s") % {"name": name, "when": when}
    if not name:
        return _("Nobody at this school can be named. Phone the duty phone.")
    if concern.named_adult_id == viewer.pk:
        return _("Not taken yet; you were told")
    return _("Not taken yet; %(name)s was told") % {"name": name}


def due_text(concern: Concern, at: datetime) -> str:
    """Say how long until it climbs to the next person."""
    left = concern.due_at - at
    if left <= timedelta(0):
        return _("late; we are notifying the next person")
    return _("%(span)s left, then we notify the next person") % {"span": span_text(left)}


def since_text(concern: Concern, at: datetime) -> str:
    """Say how long it has waited, in words: next to the time left, a bare number would be unclear."""
    if concern.closed_at:
        return day_text(concern.closed_at, at, concern)
    if at - concern.opened_at < timedelta(minutes=1):
        return _("just now")
    return _("for %(span)s") % {"span": span_text(at - concern.opened_at)}


def span_text(span: timedelta) -> str:
    """Return the span in whole minutes, hours or days, rounded down, but at least one minute."""
    minutes = max(int(span.total_seconds() // 60), 1)
    if minutes < 60:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    return ngettext("%(n)s day", "%(n)s days", hours // 24) % {"n": hours // 24}


def clock_text(instant: datetime, concern: Concern) -> str:
    """Return the time at the school."""
    return clock_time(local(instant, concern))


def taken_text(instant: datetime, at: datetime, concern: Concern) -> str:
    """Return the time, with the day if it was not today."""
    if local(instant, concern).date() == local(at, concern).date():
        return _("at %(hour)s") % {"hour": clock_text(instant, concern)}
    return day_text(instant, at, concern)


def day_text(instant: datetime, at: datetime, concern: Concern) -> str:
    """Return a day and time such as "今天 8:05" or "11月24日 21:04"."""
    return day_and_time(local(instant, concern), local(at, concern).date())


def local(instant: datetime, concern: Concern) -> datetime:
    return timezone.localtime(instant, ZoneInfo(concern.school.time_zone))


def entry_text(entry: ConcernEntry, concern: Concern, relations: Relations) -> str:
    """Say in one line what happened and who did it."""
    kind, by, about = ConcernEntry.Kind(entry.kind), entry.by, entry.about
    names = {
        "by": by.name if by else "",
        "about": about.name if about else "",
        "level": entry.get_level_display(),
    }
    if kind == ConcernEntry.Kind.TAKEN_BACK and is_taken_back(concern):
        return _("The text had been given to this family by mistake and was taken back")
    if kind == ConcernEntry.Kind.OPENED and is_taken_back(concern):
        return _("A text asked for help")
    if kind == ConcernEntry.Kind.OPENED:
        who = who_asks(concern, relations)
        return _("%(who)s asked") % {"who": who} if who else capfirst(concern.get_source_display())
    sentences = {
        ConcernEntry.Kind.TOLD: _("%(about)s was told"),
        ConcernEntry.Kind.ACKNOWLEDGED: _("%(by)s took it"),
        ConcernEntry.Kind.HANDED_OVER: _("%(by)s handed it to %(about)s"),
        ConcernEntry.Kind.CLIMBED: _("No answer from %(about)s; passed on"),
        ConcernEntry.Kind.LEVEL: _("%(by)s judged it: %(level)s"),
        ConcernEntry.Kind.LATE: _(
            "Not looked after in time by %(about)s; the next person was told"
        ),
        ConcernEntry.Kind.JOINED: _("%(by)s joined another concern to it"),
        ConcernEntry.Kind.PARTED: _("%(by)s separated the two concerns again"),
        ConcernEntry.Kind.QUEUED: _("%(by)s put it into the shared queue, without the name"),
        ConcernEntry.Kind.UNQUEUED: _("%(by)s took it out of the shared queue"),
        ConcernEntry.Kind.ACCEPTED: _("%(by)s, counsellor of another school, accepted it"),
        ConcernEntry.Kind.GIVEN_BACK: _(
            "%(by)s, counsellor of another school, no longer looks after the child"
        ),
        ConcernEntry.Kind.TAKEN_HOME: _("%(by)s withdrew it from %(about)s"),
        ConcernEntry.Kind.CLOSED: _("%(by)s closed it"),
        ConcernEntry.Kind.REOPENED: _("%(by)s opened it again"),
        ConcernEntry.Kind.ADDED: _("The family wrote more"),
        ConcernEntry.Kind.AGAIN: _("The child said once more that they need an adult"),
        ConcernEntry.Kind.TAKEN_BACK: _("The family took its request back; please ask anyway"),
    }
    return sentences[kind] % names


def rung_text(rung: Rung) -> str:
    """Say who was phoned about it, and how the call ended."""
    name = rung.user.name if rung.user else ""
    if rung.keys:
        keys = pgettext("keys of a phone", ", ").join(rung.keys)
        return _("%(name)s was called and pressed %(keys)s") % {"name": name, "keys": keys}
    words = {
        "no_answer": _("%(name)s was called: nobody picked up"),
        "busy": _("%(name)s was called: the line was busy"),
        "off": _("%(name)s was called: the phone was switched off"),
        "wrong_number": _("%(name)s was called: there is no such number"),
        "failed": _("%(name)s was called: no connection"),
        "": _("%(name)s is being called"),
    }
    answered = _("%(name)s was called: picked up, no key pressed")
    return words.get(rung.result, answered) % {"name": name}


def level_set(concern: Concern, at: datetime) -> str:
    """Return the level that a person set, with who and when; "" without one."""
    if not concern.level or concern.level_by is None or concern.level_at is None:
        return ""
    return _("%(level)s. %(name)s set it, %(at)s.") % {
        "level": concern.get_level_display(),
        "name": concern.level_by.name,
        "at": day_text(concern.level_at, at, concern),
    }


def is_late(concern: Concern, at: datetime) -> bool:
    """Return whether a level was set and its time for looking after the concern is over."""
    return bool(concern.look_by and not concern.closed_at and concern.look_by <= at)


def left_text(concern: Concern, at: datetime) -> str:
    """Say how much of the level's time is left; "" without a level."""
    if concern.look_by is None or concern.closed_at:
        return ""
    if concern.look_by <= at:
        return _("time is up")
    return _("%(span)s left") % {"span": span_text(concern.look_by - at)}


def until_text(concern: Concern, at: datetime) -> str:
    """Tell the child who asked when somebody will come, or who is on the way."""
    if concern.acknowledged_at:
        return _("They have read it and are coming to you.")
    if concern.wanted_when == "now":
        return _("Within a quarter of an hour, by %(at)s.") % {
            "at": clock_text(concern.due_at, concern)
        }
    if local(concern.due_at, concern).date() > local(at, concern).date():
        return _("On the next school day, in the morning.")
    if concern.wanted_when == "today":
        return _("Some time today, before school ends.")
    return _("Today, soon: by %(at)s they will have read it.") % {
        "at": clock_text(concern.due_at, concern)
    }


def moment(at: datetime) -> str:
    return full_day_and_time(timezone.localtime(at))
