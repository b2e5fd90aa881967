"""The pages behind a check-in's link, in words that a tired person understands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from calls.policies import may_book
from calls.queries import offered_to
from core.days import clock_time, near_day
from core.names import teacher_name
from delivery import links
from delivery.channels.wechat.taps import TapAsk
from guardians.models import Adult, Guardianship
from guardians.presenters import called
from guardians.queries import informed_guardianships
from messaging.family.acts import OpenAct
from messaging.models import Answer, CheckInLine
from schools import hotlines
from schools.queries import only_phone
from uploads.rules import VOICE_BYTES, VOICE_SECONDS

# Local hours from which a greeting applies. Our own choice, by what people say to each other.
MORNING, NOON, AFTERNOON, EVENING, NIGHT = 5, 11, 14, 18, 23


@dataclass(frozen=True)
class Line:
    """One child of a question. `key` names the fields of the forms."""

    student_name: str
    key: int
    answer: str


def lines_of(act: OpenAct) -> list[Line]:
    return [Line(line.student.given_name, line.pk, line.answer) for line in act.lines]


def greeting(name: str, hour: int, shift: str = "") -> str:
    """Return a greeting for the time of day in the adult's time zone.

    Only adults who work in the day are told in the evening that the day's work is done: carers at home and
    people on the night shift are not.
    """
    if MORNING <= hour < NOON:
        return _("Good morning, %(name)s.") % {"name": name}
    if NOON <= hour < AFTERNOON:
        return _("%(name)s, have you eaten?") % {"name": name}
    if AFTERNOON <= hour < EVENING:
        return _("Good afternoon, %(name)s.") % {"name": name}
    if EVENING <= hour < NIGHT and shift != Adult.Shift.DAY:
        return _("Good evening, %(name)s.") % {"name": name}
    if EVENING <= hour < NIGHT:
        return _("The day's work is done, %(name)s. Rest well.") % {"name": name}
    return _("It is late, %(name)s. Take care of yourself.") % {"name": name}


def _base(act: OpenAct, token: str, key: str) -> dict[str, Any]:
    return {
        "adult": act.adult,
        "lines": lines_of(act),
        "token": token,
        "key": key,
        "teacher_name": teacher_name(act.teacher),
        "asked_about": asked_about(act),
    }


def asked_about(act: OpenAct) -> str:
    """Return what the child calls the parent about whom we ask the carer at home; "" in other cases."""
    check_in = act.check_in
    if not check_in.as_carer or check_in.first is None:
        return ""
    held = Guardianship.objects.filter(
        adult=check_in.first.adult_id, student__in=[line.student_id for line in act.lines]
    )
    tie = held.select_related("adult").order_by("ends_on", "pk").first()
    return called(tie) if tie else check_in.first.adult.name


def question(act: OpenAct, token: str, key: str, at: datetime) -> dict[str, Any]:
    local = at.astimezone(act.adult.hours.zone)
    return _base(act, token, key) | {
        "greeting": greeting(act.adult.name, local.hour, act.adult.shift),
        "post_url": reverse("check_in:open", args=[token]),
        "not_me_url": reverse("check_in:not_me", args=[token]),
    }


def noted(act: OpenAct, token: str, key: str, at: datetime) -> dict[str, Any]:
    """Return the page after the tap: what we recorded, how the child sounded, a message to the teacher."""
    answer = deciding(act.lines)
    # Each child's answer if they differ; otherwise the page has a sentence of its own.
    noted_text = ""
    if len({line.answer for line in act.lines}) > 1:
        said = [
            _("%(child)s: %(answer)s")
            % {"child": line.student.given_name, "answer": line.get_answer_display()}
            for line in act.lines
            if line.answer
        ]
        noted_text = pgettext("between children's answers", "; ").join(said)
    context = _base(act, token, key) | {
        "answer": answer,
        "noted_text": noted_text,
        "post_url": reverse("check_in:more", args=[token]),
        "undo_url": reverse("check_in:undo", args=[token]),
        "done_url": reverse("check_in:done", args=[token]),
        "book_url": _book_url(act, at),
        "seconds": VOICE_SECONDS,
        "voice_bytes": VOICE_BYTES,
    }
    if answer == Answer.NEED_HELP:
        context |= _help(act)
    if answer == Answer.NOT_YET:
        context["asks_again_text"] = asks_again(act, at)
    return context


def _book_url(act: OpenAct, at: datetime) -> str:
    """Return where this adult may book a call with the first child who has an offer; "" if there is none."""
    on = timezone.localdate(at)
    children = [line.student_id for line in act.lines]
    held = informed_guardianships(on).filter(adult=act.adult, student__in=children)
    bookable = [row.student_id for row in held.select_related("adult") if may_book(row)]
    if act.check_in.as_carer or not bookable:
        return ""
    offered = offered_to(bookable, act.check_in.school_id, on)
    first = next((pk for pk in children if pk in offered), None)
    return reverse("family_calls:book", args=[first]) if first else ""


def deciding(lines: Sequence[CheckInLine]) -> str:
    """Return the answer that the page is about: help comes before a talk, a talk before "not yet"."""
    given = {line.answer for line in lines}
    return next((a for a in (Answer.NEED_HELP, Answer.TALKED, Answer.NOT_YET) if a in given), "")


def _help(act: OpenAct) -> dict[str, Any]:
    return {
        "help_text": told_now(act),
        "hotlines": hotlines.of(act.check_in.school),
        "school_phone": act.check_in.school.phone,
    }


def told_now(act: OpenAct) -> str:
    if act.teacher:
        return _("We are letting %(teacher)s know now.") % {"teacher": teacher_name(act.teacher)}
    return _("We are letting the school know now.")


def asks_again(act: OpenAct, at: datetime) -> str:
    """Return when the question is asked again, in the adult's time zone; "" if it is not."""
    if act.check_in.next_step_at is None or act.check_in.next_step_at <= at:
        return ""
    zone = act.adult.hours.zone
    local = act.check_in.next_step_at.astimezone(zone)
    day = near_day(local.date(), at.astimezone(zone).date())
    when = {"day": day, "time": clock_time(local)}
    return _("We will ask you again: %(day)s, %(time)s.") % when


def thanks(act: OpenAct, at: datetime) -> dict[str, Any]:
    answer = deciding(act.lines)
    if answer == Answer.NEED_HELP:
        who_sees_it = told_now(act)
    elif act.teacher:
        who_sees_it = _("%(teacher)s will see it.") % {"teacher": teacher_name(act.teacher)}
    else:
        who_sees_it = _("The class teacher will see it.")
    again = asks_again(act, at) if answer == Answer.NOT_YET else ""
    if answer != Answer.NOT_YET:
        on, today = act.next_question_on, at.astimezone(act.adult.hours.zone).date()
        if on is not None and on > today:
            again = _("We ask again on %(day)s: one tap, as today.") % {"day": near_day(on, today)}
    context = {
        "adult": act.adult,
        "has_talked": answer == Answer.TALKED,
        "next_steps": [step for step in (who_sees_it, again) if step],
        "book_url": _book_url(act, at),
    }
    if answer == Answer.NEED_HELP:
        context |= _help(act) | {"help_given": True}
    return context


def next_tap(ask: TapAsk | None, token: str) -> dict[str, Any]:
    """Return the link by which WeChat asks for one more message; nothing if enough are left."""
    if ask is None or not ask.is_low:
        return {}
    back = links.url_for(path=reverse("check_in:tapped", args=[token]))
    return {"tap_url": ask.url(back)}


def wrong_person(act: OpenAct, token: str, key: str) -> dict[str, Any]:
    return {
        "adult": act.adult,
        "token": token,
        "key": key,
        "post_url": reverse("check_in:not_me", args=[token]),
        "back_url": reverse("check_in:open", args=[token]),
    }


def came_too_late() -> str:
    """Return the reply to an answer that waited on a phone and came too late.

    It is the same whether the link expired, was cut off or is barred.
    """
    return _("Your answer was not received: the link has expired. You can call the school instead.")


def stands_already() -> str:
    """Return the reply to an answer that waited on a phone while another one was given."""
    return _("Another answer was saved first. Open the link to change it.")


def expired(token: str) -> dict[str, Any]:
    """Return the same page for every token. Even without a valid token, the form answers in the same way."""
    renew_url = reverse("check_in:renew", args=[token or "-"])
    return {"token": "", "renew_url": renew_url, "school_phone": only_phone()}
