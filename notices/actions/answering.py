"""Record that a family has seen, confirmed, signed or refused a notice, or that staff entered it for them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.database import run_step
from guardians.models import Adult
from guardians.queries import current_guardianships, informed_guardianships
from notices import rules
from notices.actions.sending import call_off
from notices.models import (
    REFUSAL_WORDS_AT_MOST,
    Notice,
    NoticeAnswer,
    NoticeChild,
    Notified,
)
from notices.policies import KINDS, answerers, answers_that_count
from notices.queries import lines_settled_by_blocked
from privacy.policies import deciders
from schools.policies import today_in

Via = NoticeAnswer.Via


@transaction.atomic
def note_seen(*, notice: Notice, adult: Adult, lines: Sequence[NoticeChild], at: datetime) -> None:
    """Record the first time an adult saw a notice: by a tap or when signed in, never by fetching a link."""
    notice = _locked(notice.pk)
    row, _is_new = Notified.objects.get_or_create(
        notice=notice, adult=adult, defaults={"school_id": notice.school_id}
    )
    if row.seen_at is None:
        Notified.objects.filter(pk=row.pk, seen_at=None).update(seen_at=at)
        # An adult who has read the notice needs no first message; a reminder to answer is still
        # sent.
        children = [line.student_id for line in lines]
        may_answer = answerers(notice, [adult.pk], children, today_in(notice.school, at))
        only_reads = not notice.wants_answer or not may_answer
        call_off(notice, [row], at, cause="seen", first=True, reminder=only_reads)
    _settle(notice, lines, at)


@transaction.atomic
def answer(
    *,
    notice: Notice,
    adult: Adult,
    lines: Sequence[NoticeChild],
    at: datetime,
    signed_as: str = "",
    is_refused: bool = False,
    words: str = "",
    via: str = Via.PAGE,
    by: User | None = None,
) -> bool:
    """Confirm, sign with `signed_as`, or refuse, for each of `lines`.

    Repeating it changes nothing; a different decision by the same adult replaces the earlier one. `lines`
    are those for which this adult may answer (policies.signable if a signature is asked for). Return
    False if the notice was recalled in the meantime.
    """
    notice = _locked(notice.pk)
    if notice.state != Notice.State.SENT:
        return False
    own = NoticeAnswer.objects.filter(child__in=lines, adult=adult, withdrawn_at=None)
    own.filter(is_refused=not is_refused).update(withdrawn_at=at)
    known = set(own.values_list("child_id", flat=True))
    shown = statement_words if not is_refused else refusal_words
    NoticeAnswer.objects.bulk_create(
        [
            NoticeAnswer(
                school_id=notice.school_id,
                child=line,
                adult=adult,
                via=via,
                is_refused=is_refused,
                words=words.strip()[:REFUSAL_WORDS_AT_MOST],
                signed_as=signed_as,
                statement=shown(notice, line.student.name, signed_as),
                digest=notice.digest,
                recorded_by=by,
                at=at,
            )
            for line in lines
            if line.pk not in known
        ],
        ignore_conflicts=True,
    )
    if via == Via.PAGE:
        note_seen(notice=notice, adult=adult, lines=lines, at=at)
    else:
        _settle(notice, lines, at)
    return True


def statement_words(notice: Notice, names: str, signed_as: str) -> str:
    """Return the sentence that an adult signs, in the reader's language."""
    words = {"who": signed_as, "title": notice.title, "children": names}
    if notice.wants_signature:
        return _("I, %(who)s, have read “%(title)s” and agree to it for %(children)s.") % words
    return _("I have read “%(title)s”, for %(children)s.") % words


def refusal_words(notice: Notice, names: str, signed_as: str) -> str:
    """Return the sentence that records an adult's no, in the reader's language."""
    words = {"who": signed_as, "title": notice.title, "children": names}
    return _("I, %(who)s, have read “%(title)s” and do not agree to it for %(children)s.") % words


@transaction.atomic
def withdraw(*, answer: NoticeAnswer, at: datetime) -> bool:
    """Withdraw an answer that staff entered by mistake. Answers given on the page stay."""
    notice = _locked(answer.child.notice_id)
    rows = NoticeAnswer.objects.filter(pk=answer.pk, withdrawn_at=None).exclude(via=Via.PAGE)
    if not rows.update(withdrawn_at=at):
        return False
    _settle(notice, [answer.child], at)
    return True


def settle_again(*, at: datetime) -> int:
    """Ask a family again if only an adult who has been blocked since has answered for a child.

    Return how many lines are open again. Safe to run twice. After an unblocking, the next visit of the
    family settles its lines (note_seen).
    """
    rows = lines_settled_by_blocked(timezone.localdate(at))
    by_notice: dict[int, list[NoticeChild]] = {}
    for line in rows.order_by("notice_id", "pk"):
        by_notice.setdefault(line.notice_id, []).append(line)
    return sum(run_step(_settle_again, pk, lines, at) or 0 for pk, lines in by_notice.items())


@transaction.atomic
def _settle_again(notice_id: int, lines: list[NoticeChild], at: datetime) -> int:
    _settle(_locked(notice_id), lines, at)
    return NoticeChild.objects.filter(pk__in=[one.pk for one in lines], settled_at=None).count()


def _locked(notice_id: int) -> Notice:
    """Lock the notice, so that an answer and a reminder at the same moment wait for each other."""
    rows = Notice.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("school").get(pk=notice_id)


def _settle(notice: Notice, lines: Collection[NoticeChild], at: datetime) -> None:
    """Set for each child whether its family is settled, and cancel reminders that are no longer needed."""
    on = today_in(notice.school, at)
    asked, around = _asked(notice, lines, on)
    done = _done(notice, lines, around)
    refusals = answers_that_count().filter(child__in=lines, is_refused=True)
    refused = set(refusals.values_list("child_id", flat=True)) if notice.wants_signature else set()
    settled: list[int] = []
    open_again: list[int] = []
    for line in lines:
        is_settled = rules.is_settled(
            wants_answer=notice.wants_answer,
            one_is_enough=notice.one_is_enough,
            asked=asked.get(line.student_id, set()),
            done=done.get(line.pk, set()),
            is_refused=line.pk in refused,
        )
        (settled if is_settled else open_again).append(line.pk)
    NoticeChild.objects.filter(pk__in=settled, settled_at=None).update(settled_at=at)
    NoticeChild.objects.filter(pk__in=open_again).update(settled_at=None)
    # Cancel reminders to adults who have no open child left.
    adults = {one for line in lines for one in around.get(line.student_id, ())}
    children = NoticeChild.objects.filter(notice=notice, settled_at=None).values("student_id")
    waiting = set(
        current_guardianships(on)
        .filter(adult_id__in=adults, student_id__in=children, kind__in=KINDS)
        .values_list("adult_id", flat=True)
    )
    rows = Notified.objects.filter(notice=notice, adult_id__in=adults - waiting)
    call_off(notice, rows, at, cause="answered")


def _asked(
    notice: Notice, lines: Collection[NoticeChild], on: date
) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    """Return, by child, adults who should answer, and all adults who see the child's file."""
    children = [line.student_id for line in lines]
    rows = informed_guardianships(on).filter(
        student_id__in=children, kind__in=KINDS, adult__blocked_at=None
    )
    around: dict[int, set[int]] = {}
    for child, adult in rows.values_list("student_id", "adult_id"):
        around.setdefault(child, set()).add(adult)
    if notice.wants_signature:
        held = deciders(on).filter(student_id__in=children, may_see_file=True)
        asked: dict[int, set[int]] = {}
        for child, adult in held.values_list("student_id", "adult_id"):
            asked.setdefault(child, set()).add(adult)
        return asked, around
    told = set(
        Notified.objects.filter(notice=notice, told_at__isnull=False).values_list(
            "adult_id", flat=True
        )
    )
    return {child: adults & told for child, adults in around.items()}, around


def _done(
    notice: Notice, lines: Collection[NoticeChild], around: dict[int, set[int]]
) -> dict[int, set[int]]:
    """Return, by line, adults who have answered, or read a notice that asks for no answer."""
    found: dict[int, set[int]] = {}
    rows = answers_that_count().filter(child__in=lines)
    for child, adult in rows.values_list("child_id", "adult_id"):
        found.setdefault(child, set()).add(adult)
    if not notice.wants_answer:
        seen = set(
            Notified.objects.filter(notice=notice, seen_at__isnull=False).values_list(
                "adult_id", flat=True
            )
        )
        for line in lines:
            found.setdefault(line.pk, set()).update(around.get(line.student_id, set()) & seen)
    return found
