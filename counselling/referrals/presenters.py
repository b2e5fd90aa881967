"""Referrals in words and on their pages: what is missing, the state, the permission, the letter."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts import queries as accounts
from accounts.actions import record_access
from accounts.models import User
from core.days import short_day
from core.meanwhile import version_of
from counselling.letters import package, rules
from counselling.letters.rules import Missing
from counselling.models import Case, Referral, ReferralCopy, ReferralEntry
from counselling.received import actions as received
from counselling.received import policies as received_policies
from counselling.referrals import actions, policies, queries
from counselling.referrals.forms import AnswerForm, DraftForm, RevokeForm, SendForm
from counselling.referrals.permission import CONSENT, GROUND
from counselling.secrecy import KeyMissing, Tampered
from safeguarding.at_questions import are_of_self_harm
from schools.policies import today_in

ANSWER_DAYS = 14  # days suggested by the form
READS_SHOWN = 12  # openings at the other school, latest first
ANSWERED_ONLINE = {
    rules.ACCEPTED: gettext_lazy("%(by)s of %(place)s took the letter on"),
    rules.REJECTED: gettext_lazy("%(by)s of %(place)s did not take the letter on"),
    rules.DONE: gettext_lazy("%(by)s of %(place)s answered the letter"),
}


def missing_text(missing: Missing) -> str:
    """Say what must be done before the letter can be handed over."""
    return {
        Missing.NOT_FROM_HERE: _("The letter cannot move to that step from here."),
        Missing.PLACE: _("This place is no longer on the school's list: choose another."),
        Missing.ASKS: _("Write down what you ask of them."),
        Missing.PERMISSION: _("Write down who agreed, or the legal ground that replaces consent."),
        Missing.PERMISSION_OVER: _(
            "The person who agreed no longer decides for the child: ask again."
        ),
        Missing.GROUND_WORDS: _("Write down why the legal ground applies."),
        Missing.DUE: _("Choose a day in the future by which they should answer."),
        Missing.NOT_BY_FAMILY: _(
            "A letter sent by law, without consent, cannot go through the family: take it there or post it."
        ),
        Missing.OTHERS_WORDS: _(
            "The letter includes information from people other than the adult who agreed. Take out “Why the "
            "school has looked”, the assessment and the goals, or do not send it through the family."
        ),
        Missing.OTHER_WAY: _(
            "Whether the letter goes online or on paper has changed since you looked. Please read it again."
        ),
    }[missing]


def state_words(referral: Referral, today: date) -> str:
    """Return a text such as "handed over, answer by 3 December"."""
    state = str(referral.get_state_display())
    if referral.state == rules.SENT and referral.direction == rules.IN and not referral.case_id:
        state = _("waiting for our answer")
    if referral.state in rules.WAITING and referral.due_on:
        words = (
            _("answer due since %(day)s") if referral.due_on <= today else _("answer by %(day)s")
        )
        return _("%(state)s, %(rest)s") % {
            "state": state,
            "rest": words % {"day": short_day(referral.due_on, today)},
        }
    return state


def draft_form(
    case: Case, at: datetime, data=None, referral: Referral | None = None, **initial
) -> DraftForm:
    today = today_in(case.school, at)
    if referral is not None:
        initial |= _written(referral)
    return DraftForm(
        data,
        today=today,
        places=list(policies.places_on_list([case.school_id])),
        schools=list(
            received_policies.schools_to_write_to(case.school, case.student_id, case.owner, today)
        ),
        adults=policies.who_may_agree(case.student, today),
        is_of_self_harm=are_of_self_harm(case.concerns.all()),
        initial={"due_on": today + timedelta(days=ANSWER_DAYS)} | initial,
    )


def words_again(case: Case, key: str, user: User, ip: str | None) -> dict[str, Any]:
    """Return the content of an earlier online letter (`key`) that was taken back or declined.

    It is to begin a new one without place, day and consent. This counts as a reading. Return {} if there is
    no such letter or it cannot be opened.
    """
    over = case.referrals.filter(handed=rules.ONLINE, state__in=(rules.REVOKED, rules.REJECTED))
    before = next((one for one in over if str(one.pk) == key), None)
    if before is None:
        return {}
    note_reading(before, user, ip, "referral")
    try:
        written = _written(before)
    except (KeyMissing, Tampered):
        return {}
    return {name: written[name] for name in ("asks", "parts", "child_said")}


def _written(referral: Referral) -> dict[str, Any]:
    words = actions.words_in(referral)
    version = version_of(*actions.draft_said(referral, words))
    permission = GROUND if referral.ground else CONSENT if referral.consent_by_id else ""
    names = "parts due_on consent_by consent_how consent_on ground child_said".split()
    return {name: getattr(referral, name) for name in names} | {
        "key": referral.pk,
        "instead_of": version,
        "place": referral.listed_place_id,
        "asks": words.get("asks", ""),
        "ground_words": words.get("ground", ""),
        "permission": permission,
    }


def note_reading(referral: Referral, user: User, ip: str | None, what: str) -> None:
    record_access(
        by=user,
        school_id=referral.school_id,
        student_ids=[referral.student_id],
        what=what,
        ip=ip,
    )


def referral_context(
    referral: Referral, user: User, at: datetime, ip: str | None
) -> dict[str, Any]:
    """Open the letter and record the reading in the access log."""
    note_reading(referral, user, ip, "referral")
    context: dict[str, Any] = {
        "referral": referral,
        "state": state_words(referral, today_in(referral.school, at)),
        "is_kept": policies.referrals_kept_by(user, at).filter(pk=referral.pk).exists(),
        "is_out": referral.direction == rules.OUT,
        "entries": [
            {"at": one.at, "text": _own_text(one)} for one in referral.entries.select_related("by")
        ],
    }
    try:
        _open_into(context, referral, at)
        if referral.handed == rules.ONLINE:
            context |= _online(referral, user, at, is_kept=context["is_kept"])
    except KeyMissing as error:
        context["trouble"] = error.key_id
    except Tampered:
        context["trouble"] = referral.key_id
    return context


def _open_into(context: dict[str, Any], referral: Referral, at: datetime) -> None:
    """Add the letter's own text first, then the package.

    The text is shown and can be changed even if a note that the letter should contain cannot be opened.
    """
    words = actions.words_in(referral)
    today = today_in(referral.school, at)
    texts: dict[str, Any] = {"asks": words.get("asks", ""), "answer": words.get("answer", "")}
    if referral.state == rules.DRAFT and referral.case is not None:
        texts["form"] = draft_form(referral.case, at, referral=referral)
    elif referral.handed == rules.ONLINE:
        if referral.state in rules.MOVES_BY_SENDER:
            texts["revoke_form"] = RevokeForm(auto_id="revoke_%s")
    elif rules.MOVES[referral.state] and not _waits_for_us(referral):
        texts["answer_form"] = AnswerForm(state=referral.state, today=today, auto_id="answer_%s")
    context |= texts | {"waits_for_us": _waits_for_us(referral)}
    context["revoked_because"] = words.get("revoked_because", "")
    if referral.direction == rules.OUT:
        context["package"] = shown = actions.preview(referral, at)
        if referral.state == rules.DRAFT:
            missing = rules.missing(queries.facts_of(referral, words, at), rules.SENT)
            context["missing"] = [missing_text(one) for one in missing]
            context["others_words"] = others = queries.holds_others_words(referral)
            context["receiver"] = school = queries.receiving_school(referral, at)
            if school is None and referral.listed_place is not None:
                context["unreachable"] = referral.listed_place.linked_school
            if school is not None:
                context["receivers"] = _receivers(school.pk, referral, at)
            context["send_form"] = SendForm(
                by_family=not (referral.ground or others),
                is_online=school is not None,
                initial={"digest": package.digest_of(shown)},
                auto_id="send_%s",
            )


def _receivers(school_id: int, referral: Referral, at: datetime) -> list[User]:
    on = today_in(referral.school, at)
    return list(received_policies.receivers(school_id, referral.student_id, on))


def _online(referral: Referral, user: User, at: datetime, *, is_kept: bool) -> dict[str, Any]:
    """Return what became of the letter at the other school.

    Once it is answered, this counts as read by the person who keeps the case or, if nobody at the school
    does, by anybody there who may read it.

    Raise KeyMissing or Tampered.
    """
    copies = ReferralCopy.objects.select_related("taken_by", "school")
    copy = copies.get(referral=referral)
    answer = received.words_in(copy).get("answer", "")
    is_over = referral.state not in rules.WAITING
    if is_over and (
        is_kept or policies.letters_for_nobody(user, at).filter(pk=referral.pk).exists()
    ):
        received.answer_seen(copy=copy, at=at)
    mark = received.read_mark(referral)
    return {
        "copy": copy,
        "answer": answer,
        "receivers": [] if is_over else _receivers(copy.school_id, referral, at),
        "opened": accounts.latest_reads(referral.student_id, [mark], READS_SHOWN, besides=user.pk),
    }


def _own_text(entry: ReferralEntry) -> str:
    """Return a line for the letter's own page."""
    letter = entry.referral
    if letter.handed == rules.ONLINE and entry.to_state in ANSWERED_ONLINE:
        return entry_text(entry)
    if letter.direction == rules.IN and entry.to_state == rules.SENT:
        said = _("recorded that it arrived")
    else:
        said = str(entry.get_to_state_display())
    return _("%(who)s: %(words)s") % {"who": entry.by.name, "words": said}


def entry_text(entry: ReferralEntry) -> str:
    """Return a line for the history of the case."""
    letter = entry.referral
    facts = {
        "by": entry.by.name,
        "place": letter.place_name,
        "state": str(entry.get_to_state_display()),
    }
    if letter.handed == rules.ONLINE and entry.to_state in ANSWERED_ONLINE:
        return str(ANSWERED_ONLINE[entry.to_state]) % facts
    if letter.direction == rules.IN and entry.to_state == rules.SENT:
        return _("%(by)s: a letter from %(place)s arrived") % facts
    if letter.direction == rules.IN:
        return _("%(by)s: letter from %(place)s, %(state)s") % facts
    return _("%(by)s: letter to %(place)s, %(state)s") % facts


def _waits_for_us(referral: Referral) -> bool:
    return referral.direction == rules.IN and referral.case_id is None and not referral.closed_at


def list_rows(user: User, at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "referral": row,
            "state": state_words(row, today_in(row.school, at)),
            "is_due": rules.is_due(row.state, row.due_on, today_in(row.school, at)),
        }
        for row in queries.referrals_to_list(user, at)
    ]


def letter_context(referral: Referral, user: User, at: datetime) -> dict[str, Any]:
    """Return what the paper contains.

    It has the package as handed over, its original language, and who printed it.
    """
    return {
        "referral": referral,
        "package": actions.preview(referral, at),
        "made_by": user.name,
        "language": actions.words_in(referral).get("language") or get_language(),
    }
