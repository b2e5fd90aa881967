"""Decide what a family allows and who may decide, with one condition for one row and for lists.

The latest decision of each adult counts, and a no outweighs a yes. An adult who is blocked, has died, or is
no longer the child's parent or guardian decides nothing (privacy.rules has the same rules as plain
functions). An adult who is in prison, missing or out of contact is not asked; their earlier decision still
counts.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from core import clock
from core.prepared import Question, prepared
from guardians.blocking.policies import ties, who_may_hear_of
from guardians.models import Adult, Guardianship
from guardians.queries import approachable, current_guardianships
from privacy import rules
from privacy.models import Consent, PupilWord, Purpose, VillageOverride
from privacy.texts import version_of
from schools.agreeing.policies import held
from schools.policies import current_posts
from schools.roles import Role
from students.models import Student


def deciders(on: date) -> QuerySet[Guardianship]:
    """Return who may give, refuse and withdraw consent for a child: parents and guardians by law, unless
    something else is on record (PIPL Art. 31: a parent or other guardian for a child under 14).
    """
    return _deciding_in_law(on).filter(approachable())


def askable(purpose: str, on: date) -> QuerySet[Guardianship]:
    """Return who may be asked: those who decide for the child or, for a carer's own data, each carer."""
    return _whose_word_counts(purpose, on).filter(approachable())


def words_that_count(on: date) -> QuerySet[Guardianship]:
    """Return whose yes or no about a child counts, including those who may no longer be asked."""
    return _whose_word_counts("", on)


def _deciding_in_law(on: date) -> QuerySet[Guardianship]:
    by_default = Q(may_decide=None, kind__in=Guardianship.BY_LAW)
    return current_guardianships(on).filter(Q(may_decide=True) | by_default)


def _whose_word_counts(purpose: str, on: date) -> QuerySet[Guardianship]:
    if purpose == Purpose.CARER:
        held = current_guardianships(on).filter(kind__in=rules.WHOSE[purpose])
    else:
        held = _deciding_in_law(on)
    return held.filter(adult__blocked_at=None).exclude(adult__condition=Adult.Condition.DEAD)


def is_allowed(student: Student, purpose: str, at: datetime) -> bool:
    return students_allowing(purpose, timezone.localdate(at)).filter(pk=student.pk).exists()


def students_allowing(purpose: str, on: date | None = None) -> QuerySet[Student]:
    """Return children for whom `purpose` is allowed on a day (by default, today).

    OTHER_PARENT and CARER concern an adult's own data: for them this returns only children whose parents or
    carers all allow it. Use `adult_allows` to show one adult's data. For WEEKLY the pupil's decision counts
    too.
    """
    on = on or timezone.localdate(clock.now())
    allowed = families_allowing(purpose, on)
    if purpose in rules.PUPIL_AGREES_TOO:
        return allowed.filter(_pupil_allows(purpose, on))
    return allowed


def families_allowing(purpose: str, on: date) -> QuerySet[Student]:
    """Return the same, by the decisions of adults alone."""
    said = _said(purpose, on).filter(student_id=OuterRef("pk"))
    no: Q = Q(Exists(said.filter(word__in=rules.NO)))
    if purpose in rules.ALLOWED_WITHOUT_A_WORD:
        return Student.objects.filter(~no)
    yes = said.filter(word=rules.GIVEN, version=version_of(purpose))
    if purpose in rules.OF_THE_ADULT:
        silent = said.filter(kind__in=rules.WHOSE[purpose]).filter(
            Q(word=None) | ~Q(word=rules.GIVEN) | ~Q(version=version_of(purpose))
        )
        no |= Q(Exists(silent))
    return Student.objects.filter(~no, Exists(yes))


def told_to_village(on: date, reader: int | None = None) -> QuerySet[Student]:
    """Return children about whom the village worker is told what a visit needs: the family does not refuse,
    or somebody who handles safeguarding has overridden its refusal for the child's safety.

    If the `reader` (a key) belongs to the child's family, an override that is kept from the family is left
    out, because a staff page would reveal it.
    """
    overridden = overrides_in_force(on).filter(student_id=OuterRef("pk"))
    if reader is not None:
        is_kept_from_them = Exists(ties(reader, "student_id"))
        overridden = overridden.filter(Q(is_shown_to_family=True) | ~Q(is_kept_from_them))
    return families_allowing(Purpose.VILLAGE, on) | Student.objects.filter(Exists(overridden))


def overrides_in_force(on: date) -> QuerySet[VillageOverride]:
    return VillageOverride.objects.filter(ended_at=None, until__gte=on)


def can_override(user: User, student: Student, on: date) -> bool:
    """Return whether the user may override the family's no to the village worker: a counsellor of the child's
    school, or its principal where no counsellor can. The family is told so (`texts`).

    The caller checks that they may see the child.
    """
    roles = {post.role for post in current_posts(user, on) if post.school_id == student.school_id}
    if is_of_family(user, student):
        return False
    if Role.COUNSELLOR in roles:
        return True
    return Role.PRINCIPAL in roles and not _counsellors_of(student, on).exists()


def _counsellors_of(student: Student, on: date) -> QuerySet[User]:
    """Return the counsellors of the school who may see the child and do not belong to its family."""
    counsellors = held(Role.COUNSELLOR, on).filter(school=student.school_id)
    people = User.objects.filter(pk__in=counsellors.values("user"))
    family = Guardianship.objects.filter(student=student, adult__user__isnull=False)
    return who_may_hear_of(people, student).exclude(pk__in=family.values("adult__user"))


def is_of_family(user: User, student: Student) -> bool:
    """Return whether the user belongs to the child's family; as staff they would read what is kept from them
    as a parent.
    """
    return bool(_of_family(user_id=user.pk, student_id=student.pk))


def family_questions(user: User, student: Student) -> list[Question]:
    """Return the query that `is_of_family` makes."""
    return [_of_family.question(user_id=user.pk, student_id=student.pk)]


@prepared
def _of_family(*, user_id, student_id) -> QuerySet[Any]:
    return Student.objects.filter(Exists(ties(user_id, "pk")), pk=student_id).values_list("pk")


def _pupil_allows(purpose: str, on: date) -> Q:
    """Return the same condition as rules.pupil_allows.

    It calculates with the date, so no prepared query may use it.
    """
    words = PupilWord.objects.filter(student_id=OuterRef("pk"), purpose=purpose)
    latest = words.order_by("-at", "-pk")
    said = Student.objects.filter(pk=OuterRef("pk")).annotate(
        word=Subquery(latest.values("decision")[:1]),
        version=Subquery(latest.values("text_version")[:1]),
    )
    yes = said.filter(word=rules.GIVEN, version=version_of(purpose))
    is_young = Q(born_on__gt=rules.agrees_if_born_until(on))
    return ~Q(Exists(said.filter(word__in=rules.NO))) & (is_young | Q(Exists(yes)))


def students_refusing(purpose: str, on: date | None = None) -> QuerySet[Student]:
    """Return children for whom someone who may decide has refused, so that we delete what we kept."""
    on = on or timezone.localdate(clock.now())
    return Student.objects.filter(is_refused(purpose, on))


def pupils_refusing(purpose: str) -> QuerySet[Student]:
    """Return children whose own latest decision is a no, whatever their family said."""
    words = PupilWord.objects.filter(purpose=purpose).order_by("student_id", "-at", "-pk")
    latest = words.distinct("student_id").values("pk")
    refused = PupilWord.objects.filter(pk__in=latest, decision__in=rules.NO)
    return Student.objects.filter(pk__in=refused.values("student_id"))


def is_refused(purpose: str, on: date) -> Exists:
    """Return a condition on Student.

    Negated, PostgreSQL tests it child by child; NOT IN would be evaluated for all children first.
    """
    return Exists(_said(purpose, on).filter(student_id=OuterRef("pk"), word__in=rules.NO))


def adults_allowing(purpose: str) -> QuerySet[Adult]:
    """Return adults whose own data we may show for `purpose` (rules.OF_THE_ADULT)."""
    latest = _latest(purpose, OuterRef("pk"))
    return Adult.objects.annotate(
        word=Subquery(latest.values("decision")[:1]),
        version=Subquery(latest.values("text_version")[:1]),
    ).filter(word=rules.GIVEN, version=version_of(purpose), blocked_at=None)


def adults_refusing(purpose: str) -> QuerySet[Adult]:
    """Return adults whose latest decision about their own data is a no."""
    latest = _latest(purpose, OuterRef("pk")).values("decision")[:1]
    return Adult.objects.annotate(word=Subquery(latest)).filter(word__in=rules.NO)


def adult_allows(adult: Adult, purpose: str = Purpose.OTHER_PARENT) -> bool:
    return adults_allowing(purpose).filter(pk=adult.pk).exists()


def consents_held(student_ids: Collection[int], purpose: str, on: date) -> dict[int, Consent]:
    """Return child → the yes by which `purpose` is allowed that day; other children are left out."""
    counts = _whose_word_counts(purpose, on).filter(
        student_id=OuterRef("student_id"), adult_id=OuterRef("adult_id")
    )
    given = Consent.objects.filter(
        Exists(counts),
        student__in=students_allowing(purpose, on).filter(pk__in=student_ids),
        purpose=purpose,
        decision=rules.GIVEN,
        text_version=version_of(purpose),
    )
    latest = given.order_by("student_id", "-at", "-pk").distinct("student_id")
    return {one.student_id: one for one in latest if one.student_id is not None}


def said_no_since(purpose: str | OuterRef, student: str, *moments: Any) -> Exists:
    """Return a test of whether an adult has said no about the child of a row since the latest of `moments`;
    `student` is the row's column.

    It counts even if a later yes followed, and any adult counts who could decide at the time.
    """
    words = Consent.objects.filter(
        student_id=OuterRef(student), purpose=purpose, decision__in=rules.NO
    )
    for since in moments:
        words = words.filter(at__gt=since)
    return Exists(words)


def may_decide(adult_ids: Collection[int], student: Student, on: date) -> bool:
    return bool(_deciding(adult_ids=adult_ids, student_id=student.pk, on=on))


def decide_questions(adult_ids: Collection[int], student: Student, on: date) -> list[Question]:
    """Return the query that `may_decide` makes."""
    return [_deciding.question(adult_ids=adult_ids, student_id=student.pk, on=on)]


@prepared
def _deciding(*, adult_ids, student_id, on) -> QuerySet[Any]:
    rows = deciders(on).filter(student_id=student_id, adult__in=adult_ids)
    return rows.values_list("pk", flat=True)


def _said(purpose: str, on: date) -> QuerySet[Any]:
    """Return each adult whose decision counts with their latest one; one row for each child."""
    latest = _latest(purpose, OuterRef("adult_id"))
    return _whose_word_counts(purpose, on).annotate(
        word=Subquery(latest.values("decision")[:1]),
        version=Subquery(latest.values("text_version")[:1]),
    )


def _latest(purpose: str, adult: OuterRef) -> QuerySet[Consent]:
    words = Consent.objects.filter(adult_id=adult, purpose=purpose).order_by("-at", "-pk")
    if purpose in rules.OF_THE_ADULT:
        return words.filter(student=None)
    return words.filter(student_id=OuterRef("student_id"))
