"""The packages that give Today its rows and the child page its events."""

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from calls import timeline as calls_timeline
from calls import work as calls_work
from classroom import timeline as classroom_timeline
from classroom import work as classroom_work
from classroom.handing_over import HOMEWORK_HELP
from core.prepared import Question
from counselling import timeline as counselling_timeline
from counselling import work as counselling_work
from counselling.cases import queries as counselling_cases
from counselling.handing_over import OPEN_WORK as COUNSELLING_WORK
from delivery import queries as delivery_queries
from delivery import work as delivery_work
from delivery.queries import invitations as delivery_invitations
from doors.staff.filing import work as filing_work
from guardians import timeline as guardians_timeline
from guardians import work as guardians_work
from guardians.clock import queries as clock_queries
from guardians.queries import FamilyFacts, family_questions, latest_contacts_question
from learning.county import work as county_lessons_work
from learning.curriculum import work as curriculum_work
from learning.training import work as training_work
from meetings import work as meetings_work
from meetings.handing_over import MEETINGS
from messaging import queries as messaging
from messaging.queries import work as messaging_work
from nights import timeline as nights_timeline
from nights import work as nights_work
from notices import timeline as notices_timeline
from notices import work as notices_work
from notices.handing_over import NOTICES
from postcards import queries as postcards
from postcards import timeline as postcards_timeline
from postcards import work as postcards_work
from privacy import work as privacy_work
from reunions import timeline as reunions_timeline
from reunions import work as reunions_work
from rosters.rollover import work as rollover_work
from safeguarding import queries as safeguarding
from safeguarding import timeline as safeguarding_timeline
from safeguarding.handing_over import CONCERNS
from schools.duty import work as duty_work
from schools.duty.handing_over import DUTY_TURNS
from schools.open_work import OpenWork
from schools.worklist import WorkItem
from students import queries as students
from students.models import Student
from students.timeline import TimelineEvent
from surveys import timeline as surveys_timeline
from surveys import work as surveys_work
from threads import timeline as threads_timeline
from threads import work as threads_work
from threads.handing_over import THREADS
from transfers import timeline as transfers_timeline
from transfers import work as transfers_work
from visits import timeline as visits_timeline
from visits import work as visits_work
from visits.handing_over import VISITS

WORK: tuple[Callable[[User, datetime], list[WorkItem]], ...] = (
    counselling_work.work_for,
    nights_work.work_for,
    transfers_work.work_for,
    messaging.work_for,
    delivery_queries.claim_work,
    threads_work.work_for,
    notices_work.work_for,
    meetings_work.work_for,
    curriculum_work.work_for,
    county_lessons_work.work_for,
    training_work.work_for,
    surveys_work.work_for,
    guardians_work.work_for,
    clock_queries.work_for,
    classroom_work.work_for,
    visits_work.work_for,
    calls_work.work_for,
    reunions_work.work_for,
    postcards_work.work_for,
    privacy_work.work_for,
    duty_work.work_for,
    rollover_work.work_for,
    delivery_work.work_for,
    filing_work.work_for,
)

# The queries behind these rows, so that Today can send them in one statement.
WORK_QUESTIONS: tuple[Callable[[User, datetime], list[Question]], ...] = (
    counselling_work.questions,
    nights_work.questions,
    transfers_work.questions,
    messaging_work.questions,
    delivery_invitations.claim_questions,
    threads_work.questions,
    notices_work.questions,
    meetings_work.questions,
    curriculum_work.questions,
    county_lessons_work.questions,
    training_work.questions,
    surveys_work.questions,
    guardians_work.questions,
    clock_queries.questions,
    classroom_work.questions,
    visits_work.questions,
    calls_work.questions,
    reunions_work.questions,
    duty_work.questions,
    rollover_work.questions,
)

# Work with one responsible adult, handed over when that adult's post ends (doors/staff/leaving.py).
OPEN_WORK: tuple[OpenWork, ...] = (
    CONCERNS,
    *COUNSELLING_WORK,
    THREADS,
    VISITS,
    HOMEWORK_HELP,
    DUTY_TURNS,
    NOTICES,
    MEETINGS,
)

# Packages with events for each filter of the child page; "" means all of them.
ROOMS: dict[str, frozenset[str]] = {
    "": frozenset(
        "students guardians messaging safeguarding counselling classroom visits calls reunions postcards"
        " threads notices surveys transfers nights".split()
    ),
    "contact": frozenset("guardians messaging calls postcards threads".split()),
    "seen": frozenset({"classroom"}),
    "home": frozenset({"classroom", "notices", "safeguarding", "counselling"}),
    "visits": frozenset("visits reunions nights".split()),
    "concern": frozenset({"safeguarding", "counselling"}),
    "file": frozenset("students guardians transfers".split()),
}


def timeline(
    student: Student, family: FamilyFacts, user: User, at: datetime, limit: int, only: str = ""
) -> list[TimelineEvent]:
    """Return the latest `limit` events of each package about one child, as returned by
    students.policies.get_student_for.

    A child with a thousand events costs no more than one with ten.
    """
    tell: dict[str, Callable[[], list[TimelineEvent]]] = {
        "students": lambda: students.timeline(student, timezone.localdate(at)),
        "guardians": lambda: [
            *guardians_timeline.timeline(student, family, limit),
            *clock_queries.timeline(student, user, at, limit),
        ],
        "messaging": lambda: messaging.timeline(student, limit),
        "safeguarding": lambda: safeguarding_timeline.timeline(student, user, at, limit),
        "counselling": lambda: counselling_timeline.timeline(student, user, at, limit),
        "classroom": lambda: classroom_timeline.timeline(student, user, at, limit),
        "visits": lambda: visits_timeline.timeline(student, user, at, limit),
        "calls": lambda: calls_timeline.timeline(student, user, at, limit),
        "reunions": lambda: reunions_timeline.timeline(student, user, at, limit),
        "threads": lambda: threads_timeline.timeline(student, user, at, limit),
        "notices": lambda: notices_timeline.timeline(student, user, at, limit),
        "surveys": lambda: surveys_timeline.timeline(student, user, at, limit),
        "transfers": lambda: transfers_timeline.timeline(student, user, at, limit),
        "nights": lambda: nights_timeline.timeline(student, user, at, limit),
        "postcards": lambda: postcards_timeline.timeline(student, user, at, limit),
    }
    return [event for room, said in tell.items() if room in ROOMS[only] for event in said()]


# Packages whose timeline queries take the same four arguments.
ASKED_ALIKE = {
    "classroom": classroom_timeline.questions,
    "visits": visits_timeline.questions,
    "calls": calls_timeline.questions,
    "reunions": reunions_timeline.questions,
    "threads": threads_timeline.questions,
    "notices": notices_timeline.questions,
    "surveys": surveys_timeline.questions,
    "transfers": transfers_timeline.questions,
    "nights": nights_timeline.questions,
}


def timeline_questions(
    student: Student, user: User, at: datetime, limit: int, only: str = ""
) -> list[Question]:
    """Return the queries that `timeline` needs, so that they can be sent together."""
    alike = [questions for room, questions in ASKED_ALIKE.items() if room in ROOMS[only]]
    asked = [one for questions in alike for one in questions(student, user, at, limit)]
    asked += family_questions(student)
    more: dict[str, Callable[[], list[Question]]] = {
        "students": lambda: students.file_questions(student, timezone.localdate(at)),
        "guardians": lambda: [
            latest_contacts_question(student, limit),
            *clock_queries.timeline_questions(student, user, at, limit),
        ],
        "messaging": lambda: messaging_work.timeline_questions(student, limit),
        "safeguarding": lambda: safeguarding.questions_about(student),
        "counselling": lambda: counselling_cases.timeline_questions(student),
        "postcards": lambda: postcards.questions(student, limit),
    }
    return asked + [one for room, ask in more.items() if room in ROOMS[only] for one in ask()]
