"""The weekly question by telephone: what the call says, and what each key does.

Anybody may pick up a phone, and voicemail listens too. So the call names a child only after the key that the
family agreed on with the school. If no key is agreed on, it names no child at all.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calls.telling import telephone as telling
from calls.telling.actions import tell
from calls.things import telephone as things
from calls.things.actions import pick
from calls.things.policies import children_with_parents
from core.names import joined
from delivery.kinds import Press, Queued
from delivery.models import OutboxMessage
from delivery.voice.rules import AGAIN, Script, Step
from guardians.actions import dispute_address
from guardians.models import ContactPoint
from messaging import links
from messaging.actions import answers
from messaging.family.acts import lines_for, open_act
from messaging.models import Answer, CheckIn, CheckInLine
from students.models import Student

AGREE, QUESTION, STRANGER, WHICH = "agree", "question", "stranger", "which"
AT_ONCE = (
    "at_once"  # the question for a provider that allows only one sentence with one set of keys
)
ANSWERS = {"1": Answer.TALKED, "2": Answer.NOT_YET, "3": Answer.NEED_HELP}
NO_TALK = ("2", "3")
NOT_US = "9"  # somebody else has this number
OUTWEIGHED_BY = {
    "2": ("2", "3", NOT_US),
    "3": ("3",),
    NOT_US: (NOT_US,),
}  # among the keys of one menu
# Opens the question if no key is agreed on. A key that opens the question never also answers it: somebody who
# presses it twice in a hurry has said nothing.
MIDDLE = "5"
WHOSE = (
    "56789"  # the key of each child, the oldest first; none of them means anything in the next step
)


def question_call(row: Queued, contact_point_id: int | None, at: datetime) -> Script | None:
    """Return the call for a waiting question; None if there is no child left to ask about."""
    check_in = CheckIn.objects.select_related("adult").filter(pk=row.about_id or 0).first()
    lines = lines_for(check_in, timezone.localdate(at)) if check_in else []
    if check_in is None or not lines:
        return None
    point = ContactPoint.objects.filter(pk=contact_point_id or 0).first()
    agreed = point.agreed_key if point else ""
    with translation.override(row.language):
        names = [line.student.given_name for line in lines] if agreed else []
        opens, spoken = telling.opens_for(agreed)
        asked = _question(names, len(lines), child_key=spoken if check_in.as_carer else "")
        said = {digit: f"said_{digit}" for digit in ANSWERS}
        telling_steps = _telling(lines, at, is_named=bool(agreed)) if check_in.as_carer else []
        if telling_steps:
            said[opens] = telling_steps[0].name
        opening = {agreed or MIDDLE: QUESTION, NOT_US: STRANGER, AGAIN: AGREE}
        # In this form, "we talked" is the family's own key, which the call never says aloud. If no key is
        # agreed on, anyone who picks up could answer, so we do not ask (delivery.dispatch.ways). One of five
        # digits is no password, but nobody presses it out of habit. The provider speaks its own text, which
        # names nobody.
        no_talk = {digit: f"said_{digit}" for digit in NO_TALK}
        keys = {agreed: "said_1", **no_talk, NOT_US: STRANGER}
        once = Step(AT_ONCE, "", keys) if agreed else None
        steps = (
            Step(AGREE, _hello(row.school_name, bool(agreed)), opening),
            Step(QUESTION, asked, {**said, AGAIN: QUESTION}),
            *_endings(),
            *telling_steps,
        )
        return Script(row.language, steps, once)


def _telling(lines: Sequence[CheckInLine], at: datetime, *, is_named: bool) -> list[Step]:
    """Return the steps for a child who takes over the phone. If there are several, the child first says who
    it is.

    Each step's name contains the child's id, so a key counts for the right child however late it is reported.
    """
    told = lines[: len(WHOSE)]
    ids = [line.student_id for line in told]
    may_choose = children_with_parents(ids, timezone.localdate(at))
    asks = [
        telling.question_step(
            f"{telling.CHILD}_{pk}",
            back=QUESTION,
            things=things.step_of(1, pk) if pk in may_choose else "",
        )
        for pk in ids
    ]
    steps = [*asks, _told()]
    steps += [step for pk in ids if pk in may_choose for step in things.question_steps(pk)]
    if may_choose:
        steps.append(things.asked())
    if len(told) == 1:
        return steps
    keys = {key: step.name for key, step in zip(WHOSE, asks, strict=False)}
    who = [
        _("%(name)s: %(key)s.") % {"name": line.student.given_name, "key": key}
        for key, line in zip(WHOSE, told, strict=False)
    ]
    named = _("Who wants to tell something? Press your key. %(keys)s") % {"keys": " ".join(who)}
    keys |= {telling.BACK: QUESTION, AGAIN: WHICH}
    which = f"{named} {telling.way_back()}" if is_named else _which_unnamed()
    return [Step(WHICH, which, keys), *steps]


def _which_unnamed() -> str:
    which = _(
        "Who wants to tell something? The oldest of the children at our school presses 5, the next 6,"
        " and so on."
    )
    return f"{which} {telling.way_back()}"


def _told() -> Step:
    goodbye = _("If you are in danger now, ring 110. Goodbye.")
    return Step(telling.TOLD, f"{telling.thanks()} {goodbye}")


def _endings() -> list[Step]:
    return [
        Step("said_1", _("That is good to hear. Thank you, goodbye.")),
        Step("said_2", _("Thank you for saying so. A call of a few minutes is enough. Goodbye.")),
        Step("said_3", _("We have heard you. Somebody from school will call you. Goodbye.")),
        Step(
            STRANGER, _("We are sorry for the call. We will not call this number again. Goodbye.")
        ),
    ]


def fixed_sentences(language: str, school: str) -> dict[str, str]:
    """Return the sentences of these calls that are the same for everybody: all steps that name no child."""
    with translation.override(language):
        asks = {
            f"asked_{who}_{count}": _question([], count, child_key=key)
            for who, key in (("parent", ""), ("carer", telling.OPENS))
            for count in (1, 2)
        }
        first, more, *_others = things.question_steps(0)
        return {
            "hello_agreed": _hello(school, True),
            "hello": _hello(school, False),
            **asks,
            **{step.name: step.say for step in _endings()},
            WHICH: _which_unnamed(),
            telling.CHILD: telling.question_step(back=QUESTION).say,
            "child_things": telling.question_step(back=QUESTION, things=first.name).say,
            telling.TOLD: _told().say,
            "things": first.say,
            "things_more": more.say,
            "things_asked": things.asked().say,
        }


def _hello(school: str, is_agreed: bool) -> str:
    if is_agreed:
        hello = _(
            "Hello, this is %(school)s. Please press the key that you agreed on with the school."
            " If you do not know us, press 9."
        )
    else:
        hello = _(
            "Hello, this is %(school)s with the question of the week. To hear it, press 5, the key in"
            " the middle. If you do not know us, press 9."
        )
    return hello % {"school": school}


def _question(names: Sequence[str], count: int, *, child_key: str) -> str:
    """Return the question. It names the children only if the agreed key comes first.

    `child_key` is the key with which a carer hands over the phone to the child.
    """
    is_carer = bool(child_key)
    if names and is_carer:
        asked = _("Has %(names)s talked with mum or dad who is away this week?")
    elif names:
        asked = _("Have you talked with %(names)s this week?")
    elif is_carer:
        asked = ngettext(
            "Has the child talked with mum or dad who is away this week?",
            "Have the children talked with mum or dad who is away this week?",
            count,
        )
    else:
        asked = ngettext(
            "Have you talked with your child this week?",
            "Have you talked with your children this week?",
            count,
        )
    keys = _(
        "If so, press 1. If not yet, press 2. If you need help, press 3. To hear this again, press 0."
    )
    spoken = f"{asked % {'names': joined(names)}} {keys}"
    if not is_carer:
        return spoken
    child = _(
        "If the child wants to tell a grown-up at school something, press %(key)s and hand over the phone."
    )
    return f"{spoken} {child % {'key': child_key}}"


def take_key(message: OutboxMessage, press: Press, at: datetime) -> None:
    """Do what a tap on the page would do, by the same rules.

    A link that no longer opens, because the number has changed hands or the adult is blocked, accepts no key
    either. Silence answers nothing.
    """
    if message.about_id is None or message.adult_id is None or message.contact_point_id is None:
        return
    _take_telling(message, press, at)
    # Save the one picture that a child chose for its parents.
    found = things.picture_of(press.step, press.digit)
    child = _child_of(message, found[0]) if found else None
    if found and child:
        pick(student=child, picture=found[1], call=message.idempotency_key, at=at)
    is_stranger = press.step in (AGREE, AT_ONCE) and press.digit == NOT_US
    answer = answer_of(press)
    if answer is None and not is_stranger:
        return
    token = links.token_for(
        check_in_id=message.about_id,
        adult_id=message.adult_id,
        contact_point_id=message.contact_point_id,
    )
    # In the one-step menu, keys are reported in any order. A call for help counts even together with "you do
    # not know us": a person looks at it.
    is_help_at_once = answer == Answer.NEED_HELP and press.step == AT_ONCE
    act = open_act(token, at, even_disputed=is_help_at_once)
    key = f"call:{press.call.replace('-', '')}"
    if is_stranger:
        if act is not None:
            answers.undo(check_in=act.check_in, key=f"{key}:{NOT_US}", at=at, given_by=key)
        dispute_address(contact_point_id=message.contact_point_id, address=message.address, at=at)
    if act is None or answer is None:
        return
    # Of two answers in one call the first counts, but a call for help is never dropped. In the one-step menu,
    # whatever gets here is more careful than what came before it (`is_more_careful`), and counts.
    is_further = answer == Answer.NEED_HELP or (press.step == AT_ONCE and press.digit in NO_TALK)
    answers.answer(
        check_in=act.check_in,
        key=f"{key}:{press.digit}" if is_further else key,
        answers={line.student_id: answer for line in act.lines},
        at=at,
        contact_point_id=message.contact_point_id,
    )


def answer_of(press: Press) -> Answer | None:
    """Return the answer that a key gives.

    In the one-step menu, a key that is none of the others is the family's own. The call's menu knows which
    one that is; no other key gets here.
    """
    if press.step == AT_ONCE and press.digit in ContactPoint.AGREED_KEYS:
        return Answer.TALKED
    if press.step == QUESTION or (press.step == AT_ONCE and press.digit in NO_TALK):
        return ANSWERS.get(press.digit)
    return None


def is_more_careful(digit: str, before: Collection[str]) -> bool:
    """Return whether a further key of one call counts, in whatever order keys are reported.

    A call for help always counts, "you do not know us" outweighs any other answer, and "not yet" outweighs
    "we talked".
    """
    return digit in OUTWEIGHED_BY and not set(OUTWEIGHED_BY[digit]) & set(before)


def _take_telling(message: OutboxMessage, press: Press, at: datetime) -> None:
    """Save what a child has told us.

    It counts whoever owns the phone: we never drop a child's call for help.
    """
    prefix, _underscore, student_id = press.step.rpartition("_")
    what = telling.TELLS.get(press.digit)
    if prefix != telling.CHILD or what is None or not student_id.isdecimal():
        return
    child = _child_of(message, int(student_id))
    if child:
        tell(student=child, school_id=message.school_id, what=what, call=press.call, at=at)


def _child_of(message: OutboxMessage, student_id: int) -> Student | None:
    """Return the child if the call is about it."""
    rows = CheckInLine.objects.filter(check_in_id=message.about_id, student_id=student_id)
    line = rows.select_related("student").first()
    return line.student if line else None
