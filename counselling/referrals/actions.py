"""Writes to referrals and the school's list of places. Text is encrypted; each move is recorded."""

import json
import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import get_language

from accounts.models import User
from core.meanwhile import refuse_unseen
from counselling import home
from counselling.cases.actions import KeptByAnother, lock_open, new_case, open_words, seal_into
from counselling.cases.policies import AccessWithdrawn
from counselling.cases.queries import open_case_of
from counselling.letters import package, rules
from counselling.models import Case, PlaceKind, Referral, ReferralEntry, ReferralPlace
from counselling.received import actions as received
from counselling.referrals.policies import referrals_kept_by
from counselling.referrals.queries import facts_of, receiving_school
from schools.models import School
from schools.policies import today_in
from students.models import Student

ASKS_MAX = 2000  # characters; one printed page
REASON_MAX = 500  # characters
WRITTEN = (
    "listed_place_id",
    "parts",
    "due_on",
    "consent_by_id",
    "consent_how",
    "consent_on",
    "ground",
    "child_said",
)


class CannotMove(ValueError):
    """The referral cannot move; `missing` says why (rules.Missing)."""

    def __init__(self, missing: tuple[rules.Missing, ...]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


class PackageChanged(Exception):
    """What would be handed over is no longer what the reader saw."""


def words_in(referral: Referral) -> dict[str, Any]:
    """Return `asks`, `ground`, `package`, `language` and `answer`, as far as they exist.

    The caller is responsible for the access log.

    Raise KeyMissing or Tampered.
    """
    return json.loads(open_words(referral))


def _keep(referral: Referral, **words) -> None:
    known = words_in(referral) if referral.sealed else {}
    seal_into(referral, json.dumps(known | words, ensure_ascii=False))


@transaction.atomic
def begin(
    *,
    case: Case,
    by: User,
    place: ReferralPlace | School,
    asks: str,
    at: datetime,
    key: uuid.UUID,
) -> Referral:
    """Begin a letter from us, to a place on the list or to a school that has an account here.

    A second call with the same `key` changes nothing.

    Raise NoKey, AccessWithdrawn or CaseClosed.
    """
    case = lock_open(case, by, at)
    had = Referral.objects.filter(pk=key, case=case).first()
    if had is not None:
        return had
    referral = Referral(
        pk=key,
        school_id=case.school_id,
        student_id=case.student_id,
        case=case,
        direction=rules.OUT,
        state=rules.DRAFT,
        made_by=by,
        made_at=at,
    )
    _name(referral, place)
    _keep(referral, asks=asks)
    referral.save(force_insert=True)
    _append(referral, by, at)
    return referral


def _name(referral: Referral, place: ReferralPlace | School) -> None:
    """Copy the place into the referral.

    A school is recorded as a place on our own list, and added to it if necessary.
    """
    if isinstance(place, School):
        places = ReferralPlace.objects.filter(school=referral.school, ended_at=None)
        listed = places.filter(linked_school=place).first()
        if listed is None:
            # A place of the same name that nobody has linked may be a different one.
            is_taken = places.filter(name=place.name).exists()
            listed = ReferralPlace.objects.create(
                school=referral.school,
                kind=PlaceKind.SCHOOL,
                name=f"{place.name[:58]} {place.code}" if is_taken else place.name,
                phone=place.phone,
                linked_school=place,
            )
        place = listed
    referral.listed_place = place
    referral.place_name, referral.place_kind = place.name, place.kind
    referral.place_phone = place.phone


@transaction.atomic
def write(
    *,
    referral: Referral,
    by: User,
    at: datetime,
    place: ReferralPlace | School,
    asks: str,
    ground_words: str,
    instead_of: str | None = None,
    **facts,
) -> Referral:
    """Change a draft; `facts` are parts, consent, ground, what the child said and the day.

    What has been handed over never changes. `instead_of`: the version that the form began with; see
    core.meanwhile.
    """
    referral = _lock(referral, by, at)
    if referral.state != rules.DRAFT:
        return referral
    words = words_in(referral)
    there = draft_said(referral, words)
    saved = [referral.place_name, words.get("asks", ""), words.get("ground", "")]
    _name(referral, place)
    for name, value in facts.items():
        setattr(referral, name, value)
    # Only who keeps the case writes here: a letter that they began, they changed in another tab.
    is_own = referral.entries.filter(to_state=rules.DRAFT, by=by).exists()
    refuse_unseen(
        seen=instead_of,
        there=there,
        new=draft_said(referral, {"asks": asks, "ground": ground_words}),
        writer=by if is_own else None,
        words="\n\n".join(filter(None, saved)),
    )
    _keep(referral, asks=asks, ground=ground_words)
    referral.save()
    return referral


def draft_said(referral: Referral, words: dict[str, Any]) -> tuple[object, ...]:
    """Return what `write` would replace; `words` are those in the letter."""
    facts = (getattr(referral, name) for name in WRITTEN)
    return *facts, words.get("asks", ""), words.get("ground", "")


def preview(referral: Referral, at: datetime) -> package.Package:
    """Return what would be handed over now or, after handing over, what was. Raise KeyMissing or Tampered."""
    words = words_in(referral)
    if "package" in words:
        return package.of_kept(words["package"])
    return package.build(referral, words, at, receiving_school(referral, at))


@transaction.atomic
def send(*, referral: Referral, by: User, handed: str, digest: str, at: datetime) -> Referral:
    """Hand the letter over and keep the package as its reader saw it (`digest`).

    If it was handed over before, change nothing.

    Online, the counsellors of the other school get a copy and are told. Raise CannotMove, PackageChanged or
    AccessWithdrawn.
    """
    referral = _lock(referral, by, at)
    if referral.state == rules.SENT:
        return referral
    if missing := rules.missing(facts_of(referral, words_in(referral), at, handed), rules.SENT):
        raise CannotMove(missing)
    shown = preview(referral, at)
    if package.digest_of(shown) != digest:
        raise PackageChanged
    # The printed form around it keeps this language too, so a second print is the same as the first.
    kept, language = package.as_kept(shown), get_language()
    _keep(referral, package=kept, language=language)
    school = receiving_school(referral, at)
    if handed == rules.ONLINE and school is None:  # its last counsellor has just left
        raise CannotMove((rules.Missing.OTHER_WAY,))
    referral.state, referral.handed = rules.SENT, handed
    referral.sent_at, referral.sent_by = at, by
    referral.save()
    _append(referral, by, at)
    if handed == rules.ONLINE and school is not None:
        received.deliver(referral=referral, school=school, package=kept, language=language, at=at)
    return referral


@transaction.atomic
def move(
    *,
    referral: Referral,
    by: User,
    to: str,
    at: datetime,
    words: str = "",
    due_on: date | None = None,
) -> Referral:
    """Record what the place answered, what came of it, or that the letter is taken back.

    A letter sent online can only be taken back here, and `words` then stay at this school: its receiver
    learns that it was taken back and nothing more. Raise CannotMove or AccessWithdrawn.
    """
    referral = _lock(referral, by, at)
    if referral.state == to:
        return referral
    if missing := rules.missing(facts_of(referral, {}, at), to):
        raise CannotMove(missing)
    today = today_in(referral.school, at)
    referral.state = to
    if to == rules.ACCEPTED:
        referral.due_on = due_on or today + timedelta(days=rules.LOOK_AGAIN_DAYS)
    else:
        referral.closed_at, referral.due_on = at, None
    is_online = referral.handed == rules.ONLINE
    if words:
        _keep(referral, **{"revoked_because" if is_online else "answer": words})
    referral.save()
    _append(referral, by, at)
    if is_online:
        received.withdraw(referral=referral, at=at)
    return referral


@transaction.atomic
def arrived(
    *,
    student: Student,
    by: User,
    place_name: str,
    place_kind: str,
    place_phone: str,
    arrived_on: date,
    asks: str,
    due_on: date,
    at: datetime,
    key: uuid.UUID,
) -> Referral:
    """Record that another place refers a child to the school.

    A second call with the same `key` changes nothing. Raise NoKey.
    """
    referral = Referral(
        pk=key,
        school_id=student.school_id,
        student=student,
        direction=rules.IN,
        state=rules.SENT,
        place_name=place_name,
        place_kind=place_kind,
        place_phone=place_phone,
        arrived_on=arrived_on,
        due_on=due_on,
        made_by=by,
        made_at=at,
    )
    _keep(referral, asks=asks)
    try:
        with transaction.atomic():
            referral.save(force_insert=True)
    except IntegrityError:  # sent twice, perhaps at the same moment
        return Referral.objects.get(pk=key, student=student)
    _append(referral, by, at)
    return referral


@transaction.atomic
def take_up(*, referral: Referral, by: User, at: datetime) -> Case:
    """Accept a letter to the school.

    It continues in the child's open case that `by` keeps, or in a new one. A second call changes nothing.

    Raise KeptByAnother, or CannotMove if it was answered in the meantime.
    """
    home.lock_child(referral.student_id)
    referral = _lock(referral, by, at)
    if referral.case is not None:
        return referral.case
    if referral.state != rules.SENT or referral.closed_at is not None:
        raise CannotMove((rules.Missing.NOT_FROM_HERE,))
    case = open_case_of(referral.student) or new_case(referral.student, referral.school_id, by, at)
    if case.owner_id != by.pk:
        raise KeptByAnother(case.owner)
    home.end_waiting_for(referral.student_id, by, at)
    referral.case, referral.state = case, rules.ACCEPTED
    referral.due_on = today_in(referral.school, at) + timedelta(days=rules.LOOK_AGAIN_DAYS)
    referral.save()
    _append(referral, by, at)
    return case


def add_place(*, school: School, by: User, at: datetime, **facts) -> ReferralPlace:
    """Add a place to the list.

    If the name is on the list already, it is the same place, and a school given with it becomes its linked
    school.
    """
    name, linked = facts.pop("name"), facts.get("linked_school")
    place, is_new = ReferralPlace.objects.get_or_create(
        school=school, name=name, ended_at=None, defaults=facts
    )
    if linked and not is_new and place.linked_school != linked:
        place.linked_school = linked
        place.save(update_fields=["linked_school"])
    return place


def end_place(*, place: ReferralPlace, at: datetime) -> None:
    """Stop offering the place. Referrals to it continue under its name."""
    ReferralPlace.objects.filter(pk=place.pk, ended_at=None).update(ended_at=at)


def _lock(referral: Referral, by: User, at: datetime) -> Referral:
    """Return the current referral, locked. Raise AccessWithdrawn if `by` may no longer write here."""
    rows = Referral.objects.select_for_update(of=("self",))
    found = rows.select_related("school", "student", "case__student", "case__school")
    locked = found.get(pk=referral.pk)
    if not referrals_kept_by(by, at).filter(pk=locked.pk).exists():
        raise AccessWithdrawn  # also if a colleague was quicker to take it up
    return locked


def _append(referral: Referral, by: User, at: datetime) -> None:
    ReferralEntry.objects.create(
        school_id=referral.school_id, referral=referral, to_state=referral.state, by=by, at=at
    )
