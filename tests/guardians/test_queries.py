"""Which of a child's adults: who may be named, written to and asked, and who hears nothing of the child."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from guardians import queries
from guardians.blocking.policies import blocked_ties, is_blocked_in_family, who_may_hear_of
from guardians.models import Adult, Guardianship
from schools.models import Post
from schools.roles import Role
from students.barriers import barrier_in_force_sql, barriers_in_force
from students.models import Barrier, Student
from students.queries import class_teachers, class_teachers_sql
from tests.factories.cast import make_guardianship

pytestmark = pytest.mark.django_db
ON = timezone.localdate
NONE, BASIS = Adult.LegalBasis.NONE, Adult.LegalBasis.GUARDIAN_DUTY
RULES = ("approachable", "may_be_written_to", "may_be_asked")


@pytest.mark.parametrize(
    ("condition", "basis", "is_blocked", "has_opted_out", "holds"),
    [
        ("in_touch", BASIS, False, False, {"approachable", "may_be_written_to", "may_be_asked"}),
        ("in_touch", BASIS, False, True, {"approachable", "may_be_written_to"}),
        ("in_touch", NONE, False, False, {"approachable"}),
        ("in_touch", BASIS, True, False, set()),
        ("dead", BASIS, False, False, set()),
        ("imprisoned", BASIS, False, False, set()),
        ("missing", BASIS, False, False, set()),
        ("no_contact", BASIS, False, False, set()),
        ("dead", NONE, True, True, set()),
    ],
)
def test_who_may_be_named_written_to_and_asked(
    cast, condition, basis, is_blocked, has_opted_out, holds
):
    at = timezone.now()
    adult = cast.adults["mother"]
    Adult.objects.filter(pk=adult.pk).update(
        condition=condition,
        legal_basis=basis,
        blocked_at=at if is_blocked else None,
        blocked_reason="x" if is_blocked else "",
        blocked_by=cast.users["principal"] if is_blocked else None,
        opted_out_at=at if has_opted_out else None,
    )
    adult.refresh_from_db()
    for name in RULES:
        rule = getattr(queries, name)
        assert Adult.objects.filter(rule(""), pk=adult.pk).exists() is (name in holds), name
        ties = Guardianship.objects.filter(rule(), adult=adult)
        assert ties.exists() is (name in holds), name
    found = (adult.is_approachable, adult.may_be_written_to, adult.may_be_asked)
    assert found == tuple(name in holds for name in RULES)


def test_a_blocked_parent_is_away_and_not_approachable(cast):
    mother = cast.adults["mother"]
    away = queries.approachable_parents_away(ON()).filter(student=cast.students["mengyao"])
    assert [tie.adult for tie in away] == [mother]
    Adult.objects.filter(pk=mother.pk).update(
        blocked_at=timezone.now(), blocked_reason="x", blocked_by=cast.users["principal"]
    )
    assert not away.all().exists()
    assert queries.parents_away(ON()).filter(adult=mother).exists()


def test_the_last_tie_is_told_also_when_it_has_ended(cast):
    student, mother = cast.students["mengyao"], cast.adults["mother"]
    today = ON()
    Guardianship.objects.filter(student=student, adult=mother).update(
        starts_on=today - timedelta(days=90), ends_on=today - timedelta(days=60)
    )
    later = make_guardianship(student, mother, "relative")
    Guardianship.objects.filter(pk=later.pk).update(
        starts_on=today - timedelta(days=50), ends_on=today - timedelta(days=40)
    )
    pair = (student.pk, mother.pk)
    assert queries.last_ties([pair])[pair].pk == later.pk


class TestWhoMayHearOfAChild:
    def hears(self, cast, who="principal", child="mengyao") -> bool:
        people = User.objects.filter(pk=cast.users[who].pk)
        return who_may_hear_of(people, cast.students[child].pk).exists()

    def bar(self, cast, child, **fields):
        return Barrier.objects.create(
            school=cast.school,
            student=cast.students[child],
            user=cast.users["principal"],
            reason="x",
            set_by=cast.users["admin"],
            set_at=timezone.now(),
            **fields,
        )

    def test_nobody_who_is_barred_from_the_file(self, cast):
        assert self.hears(cast)
        self.bar(cast, "mengyao")
        assert not self.hears(cast)
        assert self.hears(cast, who="counsellor")

    def test_a_lifted_barrier_keeps_nobody_away_while_that_of_another_child_stands(self, cast):
        self.bar(cast, "mengyao", lifted_at=timezone.now(), lifted_by=cast.users["admin"])
        self.bar(cast, "haitao")
        assert self.hears(cast)
        assert not self.hears(cast, child="haitao")

    def test_nobody_who_is_blocked_in_the_family_also_after_the_tie_has_ended(self, cast):
        father, teacher = cast.adults["father"], cast.users["teacher"]
        assert self.hears(cast, who="teacher")
        Adult.objects.filter(pk=father.pk).update(user=teacher)
        Guardianship.objects.filter(adult=father).update(ends_on=ON() - timedelta(days=1))
        assert not self.hears(cast, who="teacher")
        assert self.hears(cast, who="teacher", child="haitao")
        kept = Student.objects.filter(is_blocked_in_family(teacher.pk, "pk"))
        assert set(kept) == {cast.students["mengyao"], cast.students["xiaobao"]}
        assert blocked_ties(cast.students["mengyao"]).get().adult == father


class TestSqlByHand:
    """What dispatch reads for a whole batch says the same as the querysets beside it."""

    def answer(self, asked: str, table: str, **values):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {asked} FROM {table} x WHERE x.id = %(pk)s", values)  # noqa: S608
            return cursor.fetchone()[0]

    @pytest.mark.parametrize("days", [-1, 0, 5, 10, 11])
    @pytest.mark.parametrize("is_open", [True, False])
    def test_a_guardianship_of_a_day(self, cast, days, is_open):
        starts_on, mother = ON(), cast.adults["mother"]
        ties = Guardianship.objects.filter(adult=mother)
        ends_on = None if is_open else starts_on + timedelta(days=10)
        ties.update(starts_on=starts_on, ends_on=ends_on)
        on = starts_on + timedelta(days=days)
        has = queries.current_guardianship_sql("x.id", of="g.kind = 'parent'")
        found = self.answer(has, "guardians_adult", pk=mother.pk, on=on)
        assert found is queries.current_guardianships(on).filter(adult=mother).exists()
        assert found is (days >= 0 and (is_open or days <= 10))
        other = queries.current_guardianship_sql("x.id", of="g.kind = 'carer'")
        assert not self.answer(other, "guardians_adult", pk=mother.pk, on=on)

    def test_a_barrier_in_force(self, cast):
        teacher, child = cast.users["teacher"], cast.students["mengyao"]
        is_barred = barrier_in_force_sql("x.id", student="b.student_id = %(child)s")
        barrier = Barrier.objects.create(
            school=cast.school,
            student=child,
            user=teacher,
            reason="x",
            set_by=cast.users["admin"],
            set_at=timezone.now(),
        )
        assert self.answer(is_barred, "accounts_user", pk=teacher.pk, child=child.pk) is True
        assert barriers_in_force(child).get() == barrier
        assert (
            self.answer(is_barred, "accounts_user", pk=teacher.pk, child=cast.students["haitao"].pk)
            is False
        )
        Barrier.objects.update(lifted_at=timezone.now(), lifted_by=cast.users["admin"])
        assert self.answer(is_barred, "accounts_user", pk=teacher.pk, child=child.pk) is False
        assert not barriers_in_force(child).exists()

    def test_the_class_teacher_who_is_longest_in_office(self, cast):
        child, today = cast.students["mengyao"], ON()
        later, former = cast.users["counsellor"], cast.users["principal"]
        fields = {"school": cast.school, "role": Role.CLASS_TEACHER}
        fields["school_class"] = cast.school_class
        Post.objects.create(user=later, starts_on=today - timedelta(days=9), **fields)
        Post.objects.filter(user=cast.users["teacher"]).update(starts_on=today - timedelta(days=8))
        Post.objects.create(
            user=former,
            starts_on=today - timedelta(days=90),
            ends_on=today - timedelta(days=1),
            **fields,
        )
        by_hand = class_teachers_sql("x.id", "x.school_id")
        first = f"(SELECT teacher.name {by_hand} LIMIT 1)"
        assert self.answer(first, "students_student", pk=child.pk, on=today) == later.name
        names = [post.user.name for post in class_teachers(child, today)]
        assert names == [later.name, cast.users["teacher"].name]
