"""Reads about children. Callers pass in the querysets that the policies returned."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.utils.translation import gettext as _

from core.prepared import Question, joined, prepared
from schools.models import Post, SchoolClass, holds_on, holds_on_sql
from schools.roles import Role
from students.models import Enrolment, Student
from students.timeline import EventKind, TimelineEvent

SURNAME_LETTERS_MAX = 6  # letters of the longest surname in pinyin: zhuang, ouyang


def current_enrolments(on: date) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(holds_on(on))


def enrolments_not_over(on: date) -> QuerySet[Enrolment]:
    """Return current and future enrolments: between two school years, a child remains a pupil."""
    return Enrolment.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on))


def child_gone(before: date | str) -> Exists:
    """Match rows whose `student` has left the school before that day and is not back by then.

    `before` is a date or the name of the row's date. A class that ended with its year is no leaving.
    """
    # A prepared query passes in a place for a date, which is neither.
    day: date | OuterRef = OuterRef(before) if isinstance(before, str) else before
    days_row = OuterRef(OuterRef(before)) if isinstance(before, str) else before
    of_child = Enrolment.objects.filter(student_id=OuterRef("student_id"))
    back = of_child.filter(starts_on__gt=OuterRef("ends_on"), starts_on__lte=days_row)
    return Exists(of_child.filter(~Exists(back), left_reason__gt="", ends_on__lt=day))


def in_special_care() -> Q:
    """Match children who have at least one ground for special care on record."""
    found = Q()
    for ground in Student.SpecialCare:
        found |= Q(**{f"{ground}_since__isnull": False})
    return found


def about(student: Student | None) -> dict[str, int]:
    """Return arguments for a prepared query that can be made for everybody or for one child."""
    return {"student_id": student.pk} if student else {}


def with_class(students: QuerySet[Student], on: date) -> QuerySet[Student]:
    """Annotate `class_id` and `class_name`; children who are in no class today are left out."""
    return students.filter(holds_on(on, "enrolments__")).annotate(
        **{  # declared in Student
            "class_id": F("enrolments__school_class_id"),
            "class_name": F("enrolments__school_class__name"),
        }
    )


def in_class(students: QuerySet[Student], school_class: SchoolClass, on: date) -> QuerySet[Student]:
    """Return those of `students` who are in the class, by pinyin."""
    rows = current_enrolments(on).filter(school_class=school_class)
    return students.filter(pk__in=rows.values("student_id")).order_by("name_pinyin", "pk")


def classmates_of(student: Student, on: date) -> QuerySet[Student]:
    """Return the other children of the child's class, by pinyin."""
    enrolment = class_of(student, on)
    if enrolment is None:
        return Student.objects.none()
    others = Student.objects.exclude(pk=student.pk)
    return in_class(others, enrolment.school_class, on)


def classes_of(student_ids: Collection[int], on: date) -> set[int]:
    """Return the keys of the classes of these children."""
    rows = current_enrolments(on).filter(student__in=student_ids)
    return set(rows.values_list("school_class_id", flat=True))


def class_teachers(student: Student | int | OuterRef, on: date) -> QuerySet[Post]:
    """Return posts of the class teachers of the child's class on that day, the longest in office first."""
    classes = current_enrolments(on).filter(student=student).values("school_class_id")
    posts = Post.objects.filter(holds_on(on), role=Role.CLASS_TEACHER, school_class__in=classes)
    return posts.order_by("starts_on", "pk")


def class_teachers_sql(student: str, school: str) -> str:
    """Return SQL for `class_teachers` at `school` of the child with the key `student` (both are columns):
    FROM and WHERE with `post` and `teacher`, the account. The day is the query parameter `on`.
    """
    return f"""FROM students_enrolment e
        JOIN schools_post post ON post.school_class_id = e.school_class_id
            AND post.role = '{Role.CLASS_TEACHER}' AND post.school_id = {school}
            AND {holds_on_sql("post")}
        JOIN accounts_user teacher ON teacher.id = post.user_id
        WHERE e.student_id = {student} AND {holds_on_sql("e")}
        ORDER BY post.starts_on, post.id"""


def class_of(student: Student, on: date) -> Enrolment | None:
    found = _current(student_id=student.pk, on=on)
    return found[0] if found else None


@prepared
def _current(*, student_id, on) -> QuerySet[Enrolment]:
    rows = current_enrolments(on).filter(student_id=student_id)
    return rows.select_related("school_class", "school")[:1]


def names_a_child(*, school_id: int, words: str) -> bool:
    """Return whether `words` contains the full name of a child of the school."""
    named = Student.objects.filter(school_id=school_id).exclude(name="")
    return named.annotate(said=Value(words)).filter(said__contains=F("name")).exists()


def matching(text: str) -> Q:
    """Match name, pinyin (with or without the space), initials or class, on rows of `with_class`.

    It uses plain LIKE on columns that are in lower case already, so that the trigram index can be used.
    """
    wanted = " ".join(text.split()).lower()
    found = Q(name__contains=wanted) | Q(name_pinyin__contains=wanted)
    found |= Q(class_name__contains=wanted)
    if wanted.isascii() and " " not in wanted:
        found |= Q(name_initials__startswith=wanted)
        for length in range(1, min(len(wanted), SURNAME_LETTERS_MAX + 1)):
            found |= Q(name_pinyin__startswith=f"{wanted[:length]} {wanted[length:]}")
    return found


def search(students: QuerySet[Student], text: str, on: date) -> QuerySet[Student]:
    """Return children among `students` who match `text`, with their class, by pinyin."""
    if not text.strip():
        return students.none()
    found = with_class(students, on).filter(matching(text))
    return found.order_by("name_pinyin", "pk")


def timeline(student: Student, on: date) -> list[TimelineEvent]:
    """Return the classes that the child joined, until today."""
    zone = ZoneInfo(student.school.time_zone)
    return [
        TimelineEvent(
            at=datetime.combine(row.starts_on, time(8), zone),
            kind=EventKind.ENROLMENT,
            icon="school",
            title=_("Joined class %(name)s") % {"name": row.school_class.name},
            is_day_only=True,
        )
        for row in enrolments_of(student)
        if row.starts_on <= on
    ]


def enrolments_of(student: Student) -> list[Enrolment]:
    """Return every class the child was in, the latest first."""
    return _enrolments(student_id=student.pk)


def class_question(student: Student, on: date) -> Question:
    """Return the query that `class_of` makes."""
    return _current.question(student_id=student.pk, on=on)


def file_questions(student: Student, on: date) -> list[Question]:
    """Return the queries that `enrolments_of` and `class_of` make."""
    return [_enrolments.question(student_id=student.pk), class_question(student, on)]


@prepared
def _enrolments(*, student_id) -> QuerySet[Enrolment]:
    rows = Enrolment.objects.filter(student_id=student_id)
    return joined(rows, "school_class__name").order_by("-starts_on")


def departure_of(rows: Sequence[Enrolment]) -> Enrolment | None:
    """Return the enrolment (from `enrolments_of`) with which the child leaves or has left, else None."""
    latest = rows[0] if rows else None
    return latest if latest and latest.ends_on is not None else None


def now_and_next(rows: Sequence[Enrolment], on: date) -> list[Enrolment]:
    """Return from `enrolments_of` the class of that day, else the latest one, and then any future one."""
    begun = [row for row in rows if row.starts_on <= on]
    return [*begun[:1], *reversed(rows[: len(rows) - len(begun)])]


def enrolments_of_many(student_ids: Collection[int]) -> dict[int, list[Enrolment]]:
    """Return student → `enrolments_of`; one query."""
    found: dict[int, list[Enrolment]] = {pk: [] for pk in student_ids}
    rows = Enrolment.objects.filter(student_id__in=student_ids).select_related("school_class")
    for row in rows.order_by("-starts_on"):
        found[row.student_id].append(row)
    return found
