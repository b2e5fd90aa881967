"""A tie that ended, and a file that names the adult again."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from guardians.models import Guardianship
from guardians.roster_actions import TieFacts, write_ties
from guardians.ties.actions import end_tie
from rosters.models import RosterImport
from schools.models import SchoolYear
from students.models import Student
from tests.rosters.conftest import AT, bring_in
from tests.rosters.test_reading import book_of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate(AT)
LAST_DAY = date(2026, 10, 1)
HEADER = (
    "姓名",
    "性别",
    "出生日期",
    "班级",
    "母亲姓名",
    "母亲电话",
    "母亲务工地",
    "监护人",
    "与学生关系",
    "监护人电话",
)
AUNT = ("宋兰", "姨", "13893011103")
KNOWN = ("宋一", "男", "2016-05-04", "三2", "白兰", "13893011102", "深圳", *AUNT)
NEW = ("白露", "女", "2016-06-04", "三2", "白梅", "13893011105", "兰州", *[""] * 3)


@pytest.fixture
def ended(cast, school):
    """The aunt's care of a known child, since the first day of the school year."""
    SchoolYear.objects.filter(school=cast.school).update(
        starts_on=date(2026, 9, 1), ends_on=date(2027, 8, 31)
    )
    bring_in(cast, book_of(HEADER, KNOWN), at=AT - timedelta(days=60))
    return Guardianship.objects.get(student__name="宋一", kind="carer")


def end(cast, tie, last_day):
    end_tie(tie=tie, ends_on=last_day, reason="姨外出务工", by=cast.users["admin"], at=AT)


def test_a_new_child_in_the_file_closes_no_gap_of_another_child(cast, ended):
    end(cast, ended, LAST_DAY)
    roster = bring_in(cast, book_of(HEADER, KNOWN, NEW))
    assert roster.state == RosterImport.State.DONE
    assert Student.objects.filter(name="白露", enrolments__starts_on=date(2026, 9, 1)).exists()
    ended.refresh_from_db()
    assert (ended.ends_on, ended.end_reason) == (LAST_DAY, "姨外出务工")
    again = Guardianship.objects.get(student=ended.student, kind="carer", ends_on=None)
    assert (again.adult_id, again.starts_on) == (ended.adult_id, TODAY)


def test_a_tie_that_ends_on_the_day_from_which_it_is_wanted_goes_on_without_its_reason(cast, ended):
    end(cast, ended, TODAY)
    [(_row, step)] = write_ties(
        school=cast.school,
        ended=[],
        ties=[TieFacts(2, "aunt", "relative", "carer", 2, TODAY)],
        student_ids={2: ended.student_id},
        adult_ids={"aunt": ended.adult_id},
    )
    ended.refresh_from_db()
    assert (ended.ends_on, ended.end_reason) == (None, "")
    assert step.before["end_reason"] == "姨外出务工"
    assert Guardianship.objects.filter(student=ended.student, kind="carer").count() == 1


@pytest.mark.parametrize("times", [1, 2, 3, 4])
@pytest.mark.parametrize("column", ["carer", "mother"])
def test_whoever_the_last_of_a_day_s_files_names_goes_on(cast, ended, column, times):
    """A person replaced earlier in the day still held that day, and so was taken for unchanged."""
    one, other = ("宋兰", "姨", "13893011103"), ("石大山", "舅舅", "13893011106")
    if column == "mother":
        one, other = ("白兰", "13893011102", "深圳"), ("白芳", "13893011107", "深圳")
    for turn in range(1, times + 1):
        said = other if turn % 2 else one
        file = (*KNOWN[:4], *said, *AUNT) if column == "mother" else (*KNOWN[:7], *said)
        roster = bring_in(cast, book_of(HEADER, file), at=AT + timedelta(minutes=turn))
        assert roster.state == RosterImport.State.DONE
    kind = "carer" if column == "carer" else "parent"
    ties = Guardianship.objects.filter(student=ended.student, kind=kind)
    assert [tie.adult.name for tie in ties.filter(ends_on=None)] == [said[0]]
