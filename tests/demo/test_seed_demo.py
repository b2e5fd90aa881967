"""The demo school has something in every room, of each kind, and its figures agree between rooms."""

from datetime import date, datetime, timedelta
from io import StringIO
from random import Random
from zoneinfo import ZoneInfo

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Q
from django.utils import timezone

from accounts.models import User
from api.models import ApiToken
from calls.models import CallPeriod, CallPlace, CallSlot, CallWish
from classroom.models import (
    AttendanceMark,
    ClassRegister,
    FamilyRequest,
    HomeworkHelp,
    Letter,
    MissedHomework,
    Observation,
)
from core import clock
from counselling.models import (
    Brief,
    Case,
    CaseSession,
    CaseTask,
    Engagement,
    Measure,
    MeasureTick,
    Note,
    Referral,
    ReferralCopy,
)
from delivery.models import Device, Invitation
from demo.county import seed as seed_county
from demo.families import Child, Family
from demo.file import sections
from doors.staff.today import work_of
from figures.models import PublishedFigure, PublishedWeek
from guardians.care.queries import care_gaps
from guardians.duplicates.pairs import suspected_pairs
from guardians.models import (
    Adult,
    CareGap,
    Contact,
    ContactDenial,
    ContactPoint,
    DetailsCheck,
    EntrustedCare,
    Guardianship,
    SentHome,
)
from learning.models import (
    CountyPack,
    CountyReading,
    Lesson,
    LessonSent,
    LessonVoice,
    PlannedLesson,
    SchoolPack,
    StaffPlan,
    Training,
)
from meetings.models import Expert, MeetingInvitation, MeetingPhoto
from meetings.models import Meeting as PlannedMeeting
from messaging.models import CheckIn, CheckInPlan, FollowUp
from notices.models import Notice, NoticeAnswer
from postcards.models import Postcard
from privacy.models import Consent, ConsentAsk, DataRequest, Purpose
from reunions.models import InfoAsked, InfoPage, ReunionPlan, Season, Watch
from safeguarding.models import Concern
from schools.appointing.policies import offers_for_second
from schools.duty.queries import gaps_for
from schools.models import County, DutyTurn, Post, PostOffer, School
from schools.queries import calendar_of
from schools.worklist import Lane
from students.models import Enrolment, Student
from surveys.models import Edition, OwnQuestionnaire, Seat
from tests.factories.cast import make_cast
from threads.models import CallBack, Thread, ThreadMessage
from uploads.models import UploadContent
from visits.actions import ensure_duties
from visits.models import Agreement, CallLog, Duty, Meeting, Visit
from visits.policies import visits_of_village

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 11, 24, 10, 20, tzinfo=ZoneInfo("Asia/Shanghai"))


def seed(**options) -> None:
    call_command("seed_demo", stdout=StringIO(), stderr=StringIO(), **options)


def seed_on_a_tuesday(**options) -> None:
    numbers = {"schools": 1, "students": 150, "weeks": 6, "seed": 1} | options
    seed_county(at=TUESDAY, progress=lambda done: None, **numbers)


def fingerprint() -> list[tuple]:
    return list(
        Student.objects.order_by("student_number", "name").values_list(
            "name", "born_on", "village", "strengths", "picture_code"
        )
    )


def test_a_demo_school_is_whole(settings):
    seed(students=120, weeks=5)
    school, neighbour, third, *others, founded = School.objects.order_by("pk")
    assert all(one.is_demo for one in (school, neighbour, third, *others, founded))
    # The county has published the weeks of the term; four schools have a class and a child besides.
    weeks = PublishedWeek.objects.filter(school__in=[school, *others])
    assert set(weeks.values_list("school", flat=True)) == {school.pk, *(one.pk for one in others)}
    assert len(others) == 4
    rosters = Student.objects.filter(school__in=others).values_list("school", flat=True)
    assert sorted(rosters) == [one.pk for one in others]
    # One school has just been founded: the second officer waits for the first one's word.
    offer = PostOffer.objects.get(school=founded)
    officer = User.objects.get(username="wangqiang")
    at = clock.now()
    assert list(offers_for_second(officer, timezone.localdate(at), at)) == [offer]
    assert not founded.posts.exists()
    shown = PublishedFigure.objects.filter(week__school=school, key="connected")
    assert shown.filter(low__isnull=False).exists()
    children = Student.objects.filter(school=school)
    assert children.count() == Enrolment.objects.filter(school=school).count() == 120
    # The school next door has no counsellor: one child waits, one was accepted.
    assert Brief.objects.filter(school=neighbour, state="waiting").exists()
    assert Engagement.objects.get(school=neighbour).user.username == "chenmin"
    # The third has one: a letter waits there, and one from there waits here.
    waiting = ReferralCopy.objects.filter(referral__state="sent")
    assert set(waiting.values_list("school", flat=True)) == {school.pk, third.pk}
    assert Post.objects.filter(role="class_teacher").count() == school.classes.count()
    share = CheckInPlan.objects.count() / 120
    assert 0.35 < share < 0.75  # survey: 55.2 % have a parent away
    boys = Student.objects.filter(sex="m").count() / 120
    assert 0.4 < boys < 0.7
    assert Contact.objects.exists()
    assert CheckIn.objects.exclude(state="answered").exists()
    shared = Guardianship.objects.filter(relation="paternal_grandmother").values("adult")
    assert shared.count() > shared.distinct().count()  # one phone for two children


# Every room, and in it everything that a page of the room tells apart.
ROOMS = {
    "other systems": [
        ApiToken.objects.filter(revoked_at=None, last_used_at__isnull=False),
        ApiToken.objects.filter(revoked_at__isnull=False),
    ],
    "observations": [
        Observation.objects.exclude(strengths=[]).filter(tell_family=True),
        Observation.objects.exclude(themes=[]),
        Observation.objects.filter(photo__isnull=False),
    ],
    "letters home": [Letter.objects.filter(sent_at__isnull=False)],
    "requests to families": [
        FamilyRequest.objects.filter(answer="", due_on__gte=TUESDAY.date()),
        FamilyRequest.objects.filter(answer="cannot"),
        FamilyRequest.objects.filter(closed_at__isnull=False),
    ],
    "homework": [HomeworkHelp.objects.all(), MissedHomework.objects.all()],
    "attendance": [
        ClassRegister.objects.filter(taken_on=TUESDAY.date()),
        AttendanceMark.objects.filter(kind="absent").exclude(reason=""),
        AttendanceMark.objects.filter(kind="absent", reason="", marked_on=TUESDAY.date()),
        AttendanceMark.objects.filter(kind="late"),
    ],
    "visits": [
        Visit.objects.filter(outcome="met_carer"),
        Visit.objects.filter(outcome="nobody"),
        Visit.objects.filter(recorded_at=None, planned_on=TUESDAY.date()),
        Visit.objects.filter(recorded_at=None, planned_on__gt=TUESDAY.date()),
        Visit.objects.filter(recorded_at=None, planned_on=None, duty__isnull=False),
        Agreement.objects.filter(done_at=None),
        Visit.met.through.objects.all(),
    ],
    "lessons": [
        LessonSent.objects.filter(is_of_use=True),
        PlannedLesson.objects.filter(held_on__isnull=False),
        LessonVoice.objects.all(),
        SchoolPack.objects.filter(key="own"),
        SchoolPack.objects.filter(key="hills", taken_at__isnull=False),
        CountyPack.objects.all(),
        CountyReading.objects.all(),
        Lesson.objects.filter(key="own-snow", texts__has_key="en"),
        Training.objects.filter(kind="protection"),
        StaffPlan.objects.all(),
    ],
    "events": [
        PlannedMeeting.objects.filter(expert__isnull=False),
        PlannedMeeting.objects.exclude(minutes=""),
        Expert.objects.filter(checked_on__lt=TUESDAY.date() - timedelta(days=365)),
        MeetingPhoto.objects.all(),
        MeetingInvitation.objects.filter(came_at__isnull=False),
    ],
    "calls and meetings": [
        CallLog.objects.filter(outcome="talked"),
        CallLog.objects.exclude(outcome="talked"),
        Meeting.objects.filter(came__isnull=False),
        Duty.objects.filter(done_on=None),
    ],
    "surveys": [
        Seat.objects.filter(round__closed_at__isnull=False, finished_at__isnull=False),
        Seat.objects.filter(round__how="class", round__closed_at=None, begun_at=None),
        Seat.objects.filter(round__how="home", finished_at__isnull=False),
        Seat.objects.filter(round__how="interview", begun_at__isnull=False, finished_at=None),
        Seat.objects.filter(round__how="staff", finished_at__isnull=False),
    ],
    "call slots": [
        CallPlace.objects.all(),
        CallPeriod.objects.all(),
        CallSlot.objects.filter(state="done"),
        CallSlot.objects.filter(state="booked", starts_at__gt=TUESDAY),
        CallWish.objects.filter(settled_at=None),
    ],
    "holidays": [
        Season.objects.filter(kind="winter"),
        ReunionPlan.objects.filter(outcome="happened"),
        ReunionPlan.objects.filter(travel="comes", outcome="", has_ticket=True),
        Watch.objects.filter(done_at__isnull=False),
        Watch.objects.filter(done_at=None, due_on=TUESDAY.date()),
        InfoPage.objects.all(),
        InfoAsked.objects.filter(answered_at=None),
    ],
    "who cares": [
        EntrustedCare.objects.filter(state="in_force", parents__isnull=False),
        EntrustedCare.objects.filter(state="unsuitable", settled_at__isnull=False),
        CareGap.objects.filter(closed_at=None),
        Concern.objects.filter(source="care_gap"),
        SentHome.objects.all(),
    ],
    "cases": [
        Case.objects.filter(state="in_progress", teachers_know=True),
        Case.objects.filter(state="closed", outcome="reached"),
        CaseSession.objects.filter(state="planned"),
        CaseTask.objects.filter(done_at=None),
        *(Measure.objects.filter(party=party) for party in Measure.Party.values),
        MeasureTick.objects.all(),
        Referral.objects.filter(direction="out", state="sent"),
        Referral.objects.filter(direction="in", case=None),
        Note.objects.filter(kind="session"),
    ],
    "consent": [
        *(Consent.objects.filter(purpose=purpose, decision="given") for purpose in Purpose.values),
        Consent.objects.filter(decision="refused"),
        ConsentAsk.objects.all(),
        DataRequest.objects.filter(kind="correction", answered_at=None),
        DetailsCheck.objects.filter(confirmed_at__isnull=False),
    ],
    "ways in": [
        Adult.objects.filter(user__isnull=False),
        Device.objects.all(),
        Invitation.objects.filter(used_at__isnull=False),
        Invitation.objects.filter(used_at=None, claimed_at__isnull=False, confirmed_at=None),
        ContactPoint.objects.filter(verified_at__isnull=False),
        ContactPoint.objects.filter(failing_since__isnull=False),
    ],
    "the clock's two sides": [
        Contact.objects.filter(reported_by="child"),
        Contact.objects.filter(reported_by="carer"),
        ContactDenial.objects.all(),
    ],
    "postcards": [
        Postcard.objects.filter(direction="to_family", copies__heard_at__isnull=False),
        Postcard.objects.filter(direction="to_child", heard_at=None),
        UploadContent.objects.filter(content_type="audio/ogg"),
    ],
    "conversations": [
        Thread.objects.filter(state="waiting_school", owner__username="zhanglihua"),
        Thread.objects.filter(state="done"),
        ThreadMessage.objects.filter(opens_exchange=True, adult__isnull=False),
        ThreadMessage.objects.filter(opens_exchange=True, user__isnull=False),
        ThreadMessage.objects.filter(voice__isnull=False),
        Notice.objects.filter(kind="sign", children__settled_at=None),
        Notice.objects.filter(kind="confirm", state="sent"),
        NoticeAnswer.objects.filter(child__notice__kind="sign"),
        CallBack.objects.all(),
    ],
    "own questions": [OwnQuestionnaire.objects.filter(editions=1), Edition.objects.all()],
    "nobody reached": [FollowUp.objects.filter(done_at=None)],
    "duty": [
        DutyTurn.objects.filter(part="night", on__gt=TUESDAY.date() + timedelta(days=6)),
        DutyTurn.objects.filter(on__lt=TUESDAY.date()),
    ],
}


def test_no_room_is_empty_and_what_the_rooms_say_agrees():
    seed_on_a_tuesday()
    assert _empty_rooms() == []
    _agree()


def _empty_rooms() -> list[str]:
    return [
        f"{room}: {number}"
        for room, kinds in ROOMS.items()
        for number, rows in enumerate(kinds)
        if not rows.exists()
    ]


def _agree() -> None:
    school, on = School.objects.get(), TUESDAY.date()
    # One night of the duty roster has nobody, and the principal is told of it.
    ((_school, gaps),) = gaps_for(User.objects.get(username="majianguo"), TUESDAY)
    assert gaps == [(on + timedelta(days=2), "night")]
    # The beat finds nothing to add: the same duties, the same gaps.
    assert ensure_duties(at=TUESDAY) == 0
    assert set(care_gaps(on)) == set(
        CareGap.objects.filter(closed_at=None).values_list("student_id", flat=True)
    )
    # A call that came about is in the weekly clock; nobody lies in the future.
    done = CallSlot.objects.filter(state=CallSlot.State.DONE)
    keys = {slot.contact_key for slot in done}
    assert (
        set(Contact.objects.filter(source_key__in=keys).values_list("source_key", flat=True))
        == keys
    )
    assert not Contact.objects.filter(happened_on__gt=on).exists()
    assert not Observation.objects.filter(
        Q(happened_at__gt=TUESDAY) | Q(recorded_at__gt=TUESDAY)
    ).exists()
    # A visit was made after the term began and settles its duty on its day.
    assert not Duty.objects.filter(done_on__lt=F("starts_on")).exists()
    made = Visit.objects.filter(outcome__in=["met_carer", "met_other"], duty__isnull=False)
    assert not made.exclude(duty__done_on=F("visited_on")).exists()
    calendar = calendar_of(school)
    taken = ClassRegister.objects.order_by("taken_on").values_list("taken_on", flat=True).distinct()
    assert [day for day in taken if not calendar.is_school_day(day)] == []
    # The grandfather who was written down twice is found.
    adults = Adult.objects.filter(school=school)
    assert {
        frozenset((pair.first.name, pair.second.name)) for pair in suspected_pairs(school, adults)
    } >= {frozenset(("赵德福", "赵德富"))}


def test_the_class_teachers_day_has_something_of_each_kind_and_can_be_finished():
    seed_on_a_tuesday(students=300)
    work = work_of(User.objects.get(username="zhanglihua"), TUESDAY)
    assert {item.lane for item in work} == set(Lane)
    assert 12 <= len(work) <= 37
    owed = [item for item in work if item.lane is Lane.GOOD_NEWS]
    assert 1 <= len(owed) <= 5
    _the_village_worker_has_visits_to_make()


def _the_village_worker_has_visits_to_make() -> None:
    worker = User.objects.get(username="lihongmei")
    rows = visits_of_village(worker, TUESDAY, TUESDAY.date())
    villages = set(rows.values_list("student__village", flat=True))
    assert villages == {"黄羊川村", "石城村"}
    assert rows.filter(by_village=True).count() == 2


def test_far_schools_are_thinner_but_not_empty():
    seed_on_a_tuesday(schools=2, students=120)
    far = School.objects.order_by("pk").last()
    for model in (ClassRegister, Observation, Visit, Duty, Consent, Season):
        assert model.objects.filter(school=far).exists(), model
    by_school = Observation.objects.values("school").annotate(n=Count("pk")).order_by("school")
    assert by_school[0]["n"] > 2 * by_school[1]["n"]


def test_no_two_children_get_one_identity_number():
    boy = Child("王浩", "m", "", "")
    taken: set[str] = set()
    school = School(county=County(name="古浪县"))
    family = Family("双庙村", [boy])
    born_on, on = date(2017, 9, 1), TUESDAY.date()
    numbers = [
        known["id_number"]
        for lot in range(550)
        if "id_number"
        in (known := sections(Random(lot), boy, family, born_on, False, school, on, taken))
    ]
    assert 400 < len(numbers) == len(set(numbers))


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
    before = Student.objects.count()
    with pytest.raises(CommandError, match="already loaded"):
        seed(students=10, weeks=1)
    assert Student.objects.count() == before


def _empty() -> None:
    with pgtrigger.ignore():  # some tables refuse to be emptied
        call_command("flush", interactive=False, verbosity=0)
