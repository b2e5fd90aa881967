"""Messages about a letter that was sent online.

The counsellors who may receive it are told that it has come; the case's counsellor, or those who read it in
their place, are told what became of it. Each message is sent once, during staff hours, and names neither the
child nor the school, because it may appear on a locked screen.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import User
from core.clock import local_date
from core.database import run_step
from counselling.cases.policies import can_keep, kept_by_nobody_here, people_to_agree
from counselling.letters import rules
from counselling.models import ReferralCopy
from counselling.received import policies
from delivery import actions as messaging
from delivery.models import OutboxMessage
from schools.models import Post, School
from schools.policies import today_in
from schools.roles import Permission, roles_with

TOLD_LATE_DAYS = 3  # days after which a message says nothing that Today has not said
CAME = gettext_noop("A letter of referral has come to your school. Please open it.")
TAKEN = gettext_noop("The other school has taken on your letter of referral.")
ANSWERED = gettext_noop("There is an answer to your letter of referral.")
WITHDRAWN = gettext_noop("The school that sent you a letter of referral has taken it back.")
UNATTENDED = gettext_noop(
    "Nobody at the other school can work with your letter of referral now. Please look at it."
)
FOR_NOBODY = gettext_noop(
    "There is an answer to a letter of referral, and your school has no counsellor to read it. Please look."
)
UNATTENDED_FOR_NOBODY = gettext_noop(
    "Nobody at the other school can work with a letter of referral, and your school has no counsellor to "
    "take it back. Please look."
)
TO_PRINCIPAL = {ANSWERED: FOR_NOBODY, UNATTENDED: UNATTENDED_FOR_NOBODY}
KEYS = {
    TAKEN: "taken",
    ANSWERED: "answered",
    UNATTENDED: "unattended",
    FOR_NOBODY: "for-nobody",
    UNATTENDED_FOR_NOBODY: "unattended-for-nobody",
}
CALLED_OFF = "no_longer_due"


def tell_receivers(copy: ReferralCopy, at: datetime) -> None:
    """Tell each counsellor who may receive the letter and has not been told.

    Cancel unsent notices to the others there. A second call changes nothing.
    """
    on = today_in(copy.school, at)
    users = list(policies.receivers(copy.school_id, copy.referral.student_id, on))
    call_off_coming(copy, at, but={user.pk for user in users})
    for user in users:
        path = reverse("counselling:received", args=[copy.referral_id])
        _queue(copy, user, copy.school, CAME, path, _key_of_coming(copy, user.pk), at)


def call_off_coming(copy: ReferralCopy, at: datetime, but: Collection[int] = ()) -> None:
    """Cancel the notice of its arrival for everybody except the users in `but`."""
    posts = Post.objects.filter(school=copy.school_id, role__in=roles_with(Permission.KEEP_CASES))
    told = set(posts.values_list("user", flat=True)) - set(but)
    keys = [_key_of_coming(copy, pk) for pk in told]
    messaging.call_off(dedupe_keys=keys, cause=CALLED_OFF, at=at)


def tell_taker(copy: ReferralCopy, at: datetime) -> None:
    """Tell the counsellor who took the letter on that it was taken back.

    They may have arranged to see the child.
    """
    user, on = copy.taken_by, today_in(copy.school, at)
    fit = policies.receivers(copy.school_id, copy.referral.student_id, on)
    if user is None or user not in fit:
        return
    path = reverse("counselling:received", args=[copy.referral_id])
    key = f"referral-withdrawn:{copy.referral_id}:{user.pk}"
    _queue(copy, user, copy.school, WITHDRAWN, path, key, at)


def tell_sender(copy: ReferralCopy, words: str, at: datetime) -> None:
    """Tell the case's counsellor, if they may still keep it.

    If nobody keeps it, the next counsellor to take it over sees it. A counsellor of another school may not
    read it: the school's own are told and see it (referrals.policies). If the school has none, its principal
    is told that there is an answer, or that nobody can work with the letter.
    """
    case = copy.referral.case
    if case is None:
        return
    path = reverse("counselling:referral", args=[copy.referral_id])
    if not kept_by_nobody_here(at).filter(pk=case.pk).exists():
        people = [case.owner] if can_keep(case.owner, case, at) else []
    else:
        on = today_in(case.school, at)
        people = list(policies.receivers(case.school_id, case.student_id, on))
        if not people and words in TO_PRINCIPAL:
            people, words = list(people_to_agree(case, on)), TO_PRINCIPAL[words]
            path = reverse("counselling:case_emergency", args=[case.student_id])
    for user in people:
        key = f"referral-{KEYS[words]}:{copy.referral_id}:{copy.taken_by_id or 0}:{user.pk}"
        _queue(copy, user, case.school, words, path, key, at)


def follow(at: datetime) -> None:
    """Tell people what has changed about waiting letters. Safe to run twice.

    We tell counsellors who joined a school after a letter was sent there, and senders whose letter nobody can
    work with any more.
    """
    rows = ReferralCopy.objects.filter(referral__state__in=rules.WAITING)
    rows = rows.select_related("school", "referral__case__owner", "referral__case__school")
    for copy in rows.filter(referral__state=rules.SENT).order_by("pk"):
        run_step(tell_receivers, copy, at)
    for copy in rows.filter(policies.is_unattended(local_date(at))).order_by("pk"):
        run_step(tell_sender, copy, UNATTENDED, at)


def _queue(
    copy: ReferralCopy, user: User, school: School, words: str, path: str, key: str, at: datetime
) -> None:
    messaging.queue_message(
        kind=OutboxMessage.Kind.NOTICE,
        school=school,
        user=user,
        dedupe_key=key,
        due_at=at,
        expires_at=at + timedelta(days=TOLD_LATE_DAYS),
        payload={"words": words, "path": path, "student": copy.referral.student_id},
    )


def _key_of_coming(copy: ReferralCopy, user_id: int) -> str:
    return f"referral-came:{copy.referral_id}:{user_id}"
