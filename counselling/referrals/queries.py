"""Reads of referrals: dates, places, states. Text is opened in presenters.py, which logs it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from core.addresses import page_above
from core.clock import local_date
from core.prepared import prepared
from counselling.cases.policies import keeps_cases
from counselling.letters import rules
from counselling.letters.package import TOLD_SOURCES, WHOLE_NOTES
from counselling.models import Case, Referral, ReferralCopy
from counselling.received import policies as received_policies
from counselling.referrals.policies import (
    IS_UNREAD,
    letters_for_nobody,
    referrals_kept_by,
    referrals_visible_to,
    who_may_agree,
)
from privacy.policies import deciders
from safeguarding.models import Concern
from schools.models import School
from schools.policies import school_ids_where, today_in
from schools.roles import Permission
from schools.worklist import Lane, WorkItem
from students.models import Student
from students.queries import about


def facts_of(
    referral: Referral, words: Mapping[str, Any], at: datetime, handed: str = ""
) -> rules.ReferralFacts:
    """Return the facts for the rules. `words` are those of actions.words_in; only handing over needs them."""
    on, place, by = today_in(referral.school, at), referral.listed_place, referral.consent_by_id
    return rules.ReferralFacts(
        state=referral.state,
        on=on,
        has_place=place is not None and place.ended_at is None,
        has_asks=bool(words.get("asks", "").strip()),
        has_consent=by is not None,
        is_consent_valid=by is not None
        and who_may_agree(referral.student, on).filter(pk=by).exists(),
        ground=referral.ground,
        has_ground_words=bool(words.get("ground", "").strip()),
        due_on=referral.due_on,
        waits_for_us=referral.direction == rules.IN and referral.case_id is None,
        holds_others_words=holds_others_words(referral),
        handed=handed or referral.handed,
        has_receiver=referral.state == rules.DRAFT and receiving_school(referral, at) is not None,
    )


def receiving_school(referral: Referral, at: datetime) -> School | None:
    """Return the school to whose counsellors a draft would be sent online today; None if it goes on paper."""
    place, case = referral.listed_place, referral.case
    if case is None or place is None or place.linked_school_id is None or place.ended_at:
        return None
    on = today_in(referral.school, at)
    rows = received_policies.schools_to_write_to(
        referral.school, referral.student_id, case.owner, on
    )
    return rows.filter(pk=place.linked_school_id).first()


def holds_others_words(referral: Referral) -> bool:
    """Return whether the letter includes information from others than the adult who agreed.

    That adult may carry the letter.
    """
    if referral.case is None:
        return False
    if set(WHOLE_NOTES) & set(referral.parts):
        return True
    if "concerns" not in referral.parts:
        return False
    told, by = referral.case.concerns.filter(source__in=TOLD_SOURCES), referral.consent_by_id
    own = told.filter(source=Concern.Source.FAMILY, adult__isnull=False, adult=by)
    return told.exclude(pk__in=own.values("pk")).exists()


def referrals_of(case: Case) -> QuerySet[Referral]:
    return case.referrals.order_by("-made_at", "pk")


def referrals_to_list(user: User, at: datetime) -> list[Referral]:
    """Return waiting referrals first, by their day, then finished ones, the latest first."""
    rows = referrals_visible_to(user, at).select_related("student", "school")

    def order(row: Referral) -> tuple[bool, float, str]:
        if row.closed_at:
            return (True, -row.closed_at.timestamp(), str(row.pk))
        return (False, row.due_on.toordinal() if row.due_on else 0, str(row.pk))

    return sorted(rows, key=order)


def work_for(user: User, at: datetime, student: Student | None = None) -> list[WorkItem]:
    """Return rows for letters that wait for the school and answers that are due.

    They do not say why a letter was written.
    """
    items = _for_nobody(user, at, student)
    if not keeps_cases(user, at):
        return items
    for row in _waiting(user=user, at=at, **about(student)):
        if why := _why(row, at):
            items.append(_item(row, why, reverse("counselling:referral", args=[row.pk])))
    return items


def _why(row: Any, at: datetime) -> str:
    """Return what waits for the counsellor who keeps the letter; "" if its day has not come."""
    if row.direction == rules.IN and row.case_id is None:
        return _("A letter about the child waits for an answer.")
    if row.handed == rules.ONLINE and (said := _why_online(row, at)):
        return said
    if not rules.is_due(row.state, row.due_on, today_in(row.school, at)):
        return ""
    if row.state == rules.SENT:
        return _("An answer to a letter is due. Please ask.")
    return _("Please ask what happened to the letter.")


def _for_nobody(user: User, at: datetime, student: Student | None) -> list[WorkItem]:
    """Return rows for a principal whose school has no counsellor to look after a letter.

    Each says only that there is one. It leads to emergency access or, once the principal may read a case of
    the child, to the letter.
    """
    on = local_date(at)
    led = school_ids_where(user, Permission.EMERGENCY_NOTES, on)
    if not set(led) - set(school_ids_where(user, Permission.KEEP_CASES, on)):
        return []
    rows = _nobodys(user=user, at=at, **about(student))
    found = [row for row in rows if _why(row, at)]
    keys = [row.pk for row in found]
    seen = referrals_visible_to(user, at).filter(pk__in=keys) if keys else Referral.objects.none()
    open_to = set(seen.values_list("pk", flat=True))
    return [_item_for_nobody(row, is_open=row.pk in open_to) for row in found]


def _item_for_nobody(row: Referral, *, is_open: bool) -> WorkItem:
    url = reverse("counselling:case_emergency", args=[row.student_id])
    if row.state in rules.ANSWERED:
        why = _("There is an answer to a letter, and the school has no counsellor to read it.")
    elif row.direction == rules.IN:
        why = _("A letter about the child waits, and the school has no counsellor to read it.")
        url = page_above("child", row.student_id)  # there may be no case to read
    else:
        why = _("A letter about the child needs somebody, and the school has no counsellor.")
    return _item(row, why, reverse("counselling:referral", args=[row.pk]) if is_open else url)


def _item(row: Referral, why: str, url: str) -> WorkItem:
    return WorkItem(
        key=f"referral-{row.pk}",
        lane=Lane.DUE,
        student_id=row.student_id,
        student_name=row.student.name,
        why=why,
        since_at=row.sent_at or row.made_at,
        act_label=_("Open it"),
        act_url=url,
        act_opens=True,
    )


def _why_online(row: Any, at: datetime) -> str:
    """Return what waits for the sender of a letter that was sent online; "" if only its day counts."""
    if row.state not in rules.WAITING:
        return _("There is an answer to your letter.")
    school = {"school": row.place_name}
    if row.is_consent_over:
        return _(
            "The person who agreed to the letter no longer decides. Take it back, or ask again."
        )
    if row.is_unattended:
        return _("Nobody at %(school)s can work with your letter now.") % school
    if row.state == rules.SENT and row.copy.late_at <= at:
        return _("%(school)s has not answered your letter yet. Please phone them.") % school
    return ""


@prepared
def _nobodys(*, user, at, student_id=None) -> QuerySet[Any]:
    return _with_facts(letters_for_nobody(user, at), at, student_id)


@prepared
def _waiting(*, user, at, student_id=None) -> QuerySet[Any]:
    """Return letters that wait and, of those sent online, answered ones that the sender has not read."""
    rows = referrals_kept_by(user, at).filter(Q(state__in=rules.WAITING) | IS_UNREAD)
    return _with_facts(rows, at, student_id)


def _with_facts(rows: QuerySet[Referral], at: datetime, student_id: int | None) -> QuerySet[Any]:
    if student_id is not None:
        rows = rows.filter(student_id=student_id)
    unattended = ReferralCopy.objects.filter(received_policies.is_unattended(local_date(at)))
    is_unattended = ExpressionWrapper(Q(copy__in=Subquery(unattended.values("pk"))), BooleanField())
    decides = deciders(local_date(at)).filter(
        student=OuterRef("student"), adult=OuterRef("consent_by")
    )
    is_over = ExpressionWrapper(Q(~Exists(decides), consent_by__isnull=False), BooleanField())
    rows = rows.annotate(is_unattended=is_unattended, is_consent_over=is_over)
    return rows.select_related("student", "school", "copy").order_by("due_on", "pk")
