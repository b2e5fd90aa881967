from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from guardians.models import Contact, Guardianship
from messaging.models import CheckIn, CheckInPlan
from schools.models import Post, School
from students.models import Enrolment, Student
from tests.factories.cast import make_cast

pytestmark = pytest.mark.django_db


def seed(**options) -> None:
    call_command("seed_demo", stdout=StringIO(), stderr=StringIO(), **options)


def fingerprint() -> list[tuple]:
    return list(
        Student.objects.order_by("student_number").values_list(
            "name", "born_on", "village", "strengths", "picture_code"
        )
    )


def test_a_demo_school_is_whole(settings):
    seed(students=120, weeks=5)
    school = School.objects.get()
    assert school.is_demo
    assert Student.objects.count() == Enrolment.objects.count() == 120
    assert Post.objects.filter(role="class_teacher").count() == school.classes.count()
    share = CheckInPlan.objects.count() / 120
    assert 0.35 < share < 0.75  # survey: 55.2 % have a parent away
    boys = Student.objects.filter(sex="m").count() / 120
    assert 0.4 < boys < 0.7
    assert Contact.objects.exists()
    assert CheckIn.objects.exclude(state="answered").exists()
    shared = Guardianship.objects.filter(relation="paternal_grandmother").values("adult")
    assert shared.count() > shared.distinct().count()  # one phone for two children


def test_the_same_seed_gives_the_same_families_and_another_does_not():
    seed(students=40, weeks=2, seed=7)
    first = fingerprint()
    _empty()
    seed(students=40, weeks=2, seed=7)
    assert fingerprint() == first
    _empty()
    seed(students=40, weeks=2, seed=8)
    assert fingerprint() != first


def test_real_children_stay_alone():
    make_cast()
    before = Student.objects.count()
    with pytest.raises(CommandError, match="real school"):
        seed(students=10)
    assert Student.objects.count() == before


def test_a_second_demo_is_refused():
    seed(students=10, weeks=1)
    with pytest.raises(CommandError, match="already loaded"):
        seed(students=10, weeks=1)
    assert Student.objects.count() == 10


def _empty() -> None:
    call_command("flush", interactive=False, verbosity=0)
