"""Who opens studies, whose answers may be handed out, and what a family is asked.

A study needs a yes of one adult who decides for the child, and no refusal; from 14 on the child's own
signature too. A family that refuses all questions about feelings has refused studies as well.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from accounts.models import User
from core.prepared import Question, prepared
from guardians.models import Adult, Guardianship
from privacy import rules
from privacy.models import Purpose
from privacy.policies import deciders, is_refused, words_that_count
from schools.models import School
from schools.policies import school_ids_where
from schools.roles import Permission
from students.models import Student
from students.policies import students_visible_to
from students.queries import current_enrolments
from surveys.models import Round, Seat, Study, StudyWord
from surveys.policies import seats_visible_to


def open_studies(on: date) -> QuerySet[Study]:
    return Study.objects.filter(ended_at=None, until__gte=on)


def studies_visible_to(user: User, on: date) -> QuerySet[Study]:
    running = school_ids_where(user, Permission.RUN_SURVEYS, on)
    return Study.objects.filter(school_id__in=running)


def studies_to_hand_out(user: User, school: School, on: date) -> QuerySet[Study]:
    return studies_visible_to(user, on).filter(school=school, pk__in=open_studies(on).values("pk"))


def get_study_for(user: User, pk: int, on: date) -> Study:
    rows = studies_visible_to(user, on).select_related("school", "round__edition", "opened_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def rounds_to_study(user: User, school: School, on: date) -> QuerySet[Round]:
    """Return rounds answered by children, or by a teacher about them.

    What an adult says is the adult's own.
    """
    running = school_ids_where(user, Permission.RUN_SURVEYS, on)
    ways = [Round.How.CLASS, Round.How.STAFF]
    return Round.objects.filter(school=school, school_id__in=running).filter(how__in=ways)


def _said(study: Study | OuterRef, on: date) -> QuerySet[Any]:
    """Return each adult whose decision counts, with the latest one; one row for each child and adult."""
    words = StudyWord.objects.filter(
        study=study, student_id=OuterRef("student_id"), adult_id=OuterRef("adult_id")
    ).order_by("-at", "-pk")
    return words_that_count(on).annotate(
        word=Subquery(words.values("decision")[:1]),
        pupil=Subquery(words.values("pupil_agrees")[:1]),
    )


def children_agreed(study: Study, on: date) -> QuerySet[Student]:
    """Return children whose answers may be handed out today."""
    said = _said(study, on).filter(student_id=OuterRef("pk"))
    yes = said.filter(word=rules.GIVEN)
    is_young = Q(born_on__gt=rules.agrees_if_born_until(on))
    return Student.objects.filter(
        ~is_refused_at_all(on),
        ~Exists(said.filter(word__in=rules.NO)),
        is_young | Q(Exists(yes.filter(pupil=True))),
        Exists(yes),
    )


def is_refused_at_all(on: date) -> Exists:
    return is_refused(Purpose.SCREENING, on)


def children_refused(study: Study, on: date) -> QuerySet[Student]:
    said = _said(study, on).filter(student_id=OuterRef("pk"))
    return Student.objects.filter(Q(Exists(said.filter(word__in=rules.NO))))


def seats_to_hand_out(study: Study, user: User, on: date) -> QuerySet[Seat]:
    """Return finished forms that `user`, who runs surveys, may read.

    None while the round is open: a reader who asks each minute would see whose form comes in during which
    lesson.
    """
    if study.round.is_open(on):
        return Seat.objects.none()
    return seats_visible_to(user, on).filter(
        round=study.round_id,
        finished_at__isnull=False,
        adult=None,
        student__in=children_agreed(study, on).values("pk"),
    )


# -- whom the school asks -------------------------------------------------------------------------


def children_of(study: Study, user: User, on: date) -> QuerySet[Student]:
    """Return children of the round that `user` may see, by name."""
    seen = students_visible_to(user, on).filter(
        _concerns(child=OuterRef("pk"), study=study, round_=study.round, on=on)
    )
    return seen.order_by("name_pinyin", "pk")


def _concerns(*, child: OuterRef, study: Any, round_: Any, on: date) -> Q:
    """Match a child in a class of the round today, one with a form of the round, or one decided about.

    The last two apply wherever the child is now: an adult who once said yes can always say no.
    """
    in_class = current_enrolments(on).filter(student_id=child, school_class__survey_rounds=round_)
    said = StudyWord.objects.filter(student_id=child, study=study)
    seats = Seat.objects.filter(student_id=child, round=round_, adult=None)
    return Q(Exists(in_class)) | Q(Exists(said)) | Q(Exists(seats))


def ties_to_write_down(study: Study, user: User, on: date) -> QuerySet[Guardianship]:
    """Return ties of adults who decide for a child of the study, and may have signed a paper."""
    rows = deciders(on).filter(student__in=children_of(study, user, on).values("pk"))
    return rows.select_related("student", "adult").order_by(
        "student__name_pinyin", "student_id", "priority", "pk"
    )


def get_asked(adults: Collection[Adult], pk: int, student_id: int, on: date) -> tuple[Study, Any]:
    """Return a study that asks one of these adults about this child, and the tie by which they decide."""
    tie = _deciding(adult_ids=[one.pk for one in adults], student_ids=[student_id], on=on)[:1]
    asking = _asking(student_ids=[student_id], on=on) if tie else []
    study = next((one for one in asking if one.pk == pk), None)
    if study is None:
        raise Http404
    return study, tie[0]


def studies_asking(
    student_ids: Collection[int], adults: Collection[Adult], on: date
) -> list[tuple[Study, int, str]]:
    """Return (study, child id, what these adults said last) for children for whom one of them decides."""
    # Few schools take part in a study; without one we skip the expensive query for who is asked.
    if not _any_study(student_ids=student_ids, on=on):
        return []
    asking = _asking(student_ids=student_ids, on=on)
    if not asking:
        return []
    ties = _deciding(adult_ids=[one.pk for one in adults], student_ids=[*student_ids], on=on)
    deciding = {tie.student_id for tie in ties}
    words = StudyWord.objects.filter(
        study__in=[study.pk for study in asking], student_id__in=deciding, adult__in=adults
    ).order_by("at", "pk")
    said = {(one.study_id, one.student_id): str(one.decision) for one in words}
    return [
        (study, study.child_id, said.get((study.pk, study.child_id), ""))
        for study in asking
        if study.child_id in deciding
    ]


def _deciding(*, adult_ids, student_ids, on) -> QuerySet[Guardianship]:
    rows = deciders(on).filter(adult__in=adult_ids, student_id__in=student_ids)
    return rows.select_related("adult", "student__school").order_by("priority", "pk")


@prepared
def _asking(*, student_ids, on) -> QuerySet[Study]:
    """Select open studies that concern these children, one row for each child (`child_id`)."""
    return (
        open_studies(on)
        .filter(school__students__in=student_ids)
        .annotate(child_id=F("school__students__pk"))
        .filter(
            _concerns(
                child=OuterRef("child_id"),
                study=OuterRef("pk"),
                round_=OuterRef("round_id"),
                on=on,
            )
        )
        .select_related("school", "round__edition")
        .order_by("pk", "child_id")
    )


def study_questions(student_ids: Collection[int], on: date) -> list[Question]:
    """Return the first query of `studies_asking`, to be run together with others."""
    return [_any_study.question(student_ids=student_ids, on=on)]


@prepared
def _any_study(*, student_ids, on) -> QuerySet[Any]:
    """Select any open study at the schools of these children."""
    rows = open_studies(on).filter(school__students__in=student_ids)
    return rows.order_by().values_list("pk")[:1]
