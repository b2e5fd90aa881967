"""One made-up school after another, as rows."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from accounts.models import User
from guardians.models import Adult, Contact, ContactPoint, Guardianship, Migration
from homeschool.demo import weeks as calendar_weeks
from homeschool.demo import words as demo_words
from homeschool.demo.families import Child, Family, Person, make_family, story_families
from homeschool.demo.tables import Table
from messaging.models import (
    Attempt,
    CheckIn,
    CheckInLine,
    CheckInPlan,
    FollowUp,
    OutboxMessage,
    Reply,
)
from schools.models import School, SchoolClass
from students.models import Enrolment, Student
from students.naming import initials_of, pinyin_of
from students.pictures import PICTURES

ORDER = [
    Student,
    Enrolment,
    Adult,
    ContactPoint,
    Guardianship,
    Migration,
    CheckInPlan,
    CheckIn,
    CheckInLine,
    Reply,
    OutboxMessage,
    Attempt,
    Contact,
    FollowUp,
]
CHECK_INS_KEPT_WEEKS = 4  # older weeks keep their contacts, not the questions
FIRST_GRADE_AGE = 6
STARTED_YEARS_AGO = 1
OTHER_PARENT_TOO = 0.6  # share of talking weeks (made up)


@dataclass
class Place:
    """One child's seat: who, in which class, since when."""

    student_id: int
    school_class: SchoolClass
    child: Child


@dataclass
class Household:
    family: Family
    seats: list[Place] = field(default_factory=list)
    adult_ids: list[int] = field(default_factory=list)


class SchoolWriter:
    """Writes the children of one school into shared tables; `random` decides everything."""

    def __init__(self, tables: dict[type, Table], at: datetime, weeks: int):
        self.tables, self.at, self.weeks = tables, at, weeks
        self.on = at.date()

    def add(self, model: type, **values) -> int:
        return self.tables[model].add(**values)

    def fill(
        self,
        school: School,
        classes: list[SchoolClass],
        teachers: dict[int, User],
        size: int,
        random: Random,
        has_story: bool,
    ) -> None:
        self.school, self.random, self.teachers = school, random, teachers
        self.codes: dict[int, int] = dict.fromkeys((c.pk for c in classes), 0)
        stories = story_families() if has_story else []
        home_class = classes[len(classes) // 2 - 1]
        seated = 0
        while seated < size:
            is_story = bool(stories)
            family = stories.pop(0) if stories else make_family(random)
            family.children = family.children[: size - seated]
            household = Household(family)
            for number, child in enumerate(family.children):
                school_class = home_class if is_story and number == 0 else random.choice(classes)
                household.seats.append(self._seat(family, child, school_class))
            seated += len(household.seats)
            self._adults(household)
            self._contacts(household)

    def _seat(self, family: Family, child: Child, school_class: SchoolClass) -> Place:
        age = FIRST_GRADE_AGE + school_class.grade.number - 1
        born_on = date(self.on.year - age - 1, 9, 1) + timedelta(days=self.random.randrange(365))
        student_id = self.add(
            Student,
            school_id=self.school.pk,
            name=child.name,
            name_pinyin=pinyin_of(child.name),
            name_initials=initials_of(child.name),
            sex=child.sex,
            born_on=born_on,
            student_number=f"G{self.school.code[4:]}{self.tables[Student].count:07d}",
            is_boarding=self.random.random() < 0.2,
            address=f"{self.school.county.name}{family.village}",
            village=family.village,
            journey=child.journey,
            strengths=child.strengths,
            wish=child.wish,
            picture_code=self._picture_code(school_class),
            created_at=self.at,
        )
        started = date(self.on.year if self.on.month >= 9 else self.on.year - 1, 9, 1)
        self.add(
            Enrolment,
            school_id=self.school.pk,
            student_id=student_id,
            school_class_id=school_class.pk,
            starts_on=started,
        )
        return Place(student_id, school_class, child)

    def _picture_code(self, school_class: SchoolClass) -> str:
        """Another one for every child of the class: a counter in base 12, spread out."""
        number = (self.codes[school_class.pk] * 7919 + int(school_class.door_code) * 31) % len(
            PICTURES
        ) ** 4
        self.codes[school_class.pk] += 1
        picked = []
        for _ in range(4):
            number, place = divmod(number, len(PICTURES))
            picked.append(PICTURES[place])
        return "-".join(picked)

    def _adults(self, household: Household) -> None:
        for order, person in enumerate(household.family.adults, start=1):
            adult_id = self._adult(person)
            household.adult_ids.append(adult_id)
            for seat in household.seats:
                self.add(
                    Guardianship,
                    school_id=self.school.pk,
                    student_id=seat.student_id,
                    adult_id=adult_id,
                    relation=person.relation,
                    kind=person.kind,
                    priority=order,
                    has_capacity=person.has_capacity,
                    starts_on=self._years_ago(),
                )

    def _adult(self, person: Person) -> int:
        adult_id = self.add(
            Adult,
            school_id=self.school.pk,
            name=person.name,
            name_pinyin=pinyin_of(person.name),
            condition=person.condition,
            prefers_audio=person.prefers_audio,
            time_zone=person.zone,
            shift=person.shift,
            legal_basis="guardian_duty" if person.kind == "parent" else "entrusted_care",
            created_at=self.at,
        )
        if person.phone or person.written:
            person.point_id = self.add(
                ContactPoint,
                school_id=self.school.pk,
                adult_id=adult_id,
                kind="phone",
                address=person.phone,
                as_written=person.written or person.phone,
                problem="" if person.phone else "too_short",
            )
        if person.is_away is not None and person.kind == "parent":
            self.add(
                Migration,
                school_id=self.school.pk,
                adult_id=adult_id,
                is_away=person.is_away,
                place=person.place or ("" if person.is_away else "在家"),
                work=person.work,
                starts_on=self._years_ago(),
            )
        return adult_id

    def _years_ago(self) -> date:
        return date(self.on.year - STARTED_YEARS_AGO, 2, 20)

    def _contacts(self, household: Household) -> None:
        away = household.family.parents_away
        if not away:
            return
        parent = next((person for person in away if person.phone), away[0])
        parent_id = household.adult_ids[household.family.adults.index(parent)]
        last_on = asked_on = None
        for week in range(self.weeks):
            first_day = self.on - timedelta(days=7 * (self.weeks - week) - 1)
            is_last = week == self.weeks - 1
            did = talked(self.random, household.family, week, self.weeks, first_day)
            if is_last and household.family.this_week:
                did = household.family.this_week == "talked"
            if did:
                last_on = self._talk(household, parent, parent_id, first_day, week)
                self._other_parent(household, away, parent, last_on)
            elif is_last and parent.phone:
                asked_on = self._open_question(household, parent, parent_id)
        for seat in household.seats:
            self.add(
                CheckInPlan,
                school_id=self.school.pk,
                student_id=seat.student_id,
                every_days=self.school.check_in_every_days,
                next_due_on=max((asked_on or last_on or self.on) + timedelta(days=7), self.on),
            )

    def _talk(
        self, household: Household, parent: Person, parent_id: int, first_day: date, week: int
    ) -> date:
        """A week in which they talked: said by tap after a question, or seen by somebody else."""
        on = first_day + timedelta(days=self.random.randrange(7))
        asked = parent.phone and self.random.random() < 0.75
        kept = week >= self.weeks - CHECK_INS_KEPT_WEEKS
        check_in = self._asked(parent_id, on, "answered") if asked and kept else None
        for seat in household.seats:
            line = self._line(check_in, seat, on, parent) if check_in else None
            self.add(
                Contact,
                school_id=self.school.pk,
                student_id=seat.student_id,
                adult_id=parent_id,
                kind=self.random.choices(["talk", "call", "video"], [5, 2, 3])[0],
                happened_on=on,
                reported_by="parent" if asked else self.random.choice(["carer", "child", "staff"]),
                minutes=self.random.choice([None, 5, 8, 12, 20, 25]),
                source_key=f"check-in:{check_in}:{line}" if check_in else None,
                recorded_at=self._evening(on, parent.zone),
            )
        return on

    def _other_parent(
        self, household: Household, away: list[Person], parent: Person, on: date
    ) -> None:
        """Where both are away the other one often called in the same week, too."""
        other = next((person for person in away if person is not parent), None)
        if other is None or self.random.random() > OTHER_PARENT_TOO:
            return
        for seat in household.seats:
            self.add(
                Contact,
                school_id=self.school.pk,
                student_id=seat.student_id,
                adult_id=household.adult_ids[household.family.adults.index(other)],
                kind="call",
                happened_on=on,
                reported_by="carer",
                minutes=self.random.choice([None, 3, 6, 10]),
                recorded_at=self._evening(on, parent.zone),
            )

    def _line(self, check_in: int, seat: Place, on: date, parent: Person) -> int:
        at = self._evening(on, parent.zone)
        mood = self.random.choices([1, 2, 3, 4, 5], [30, 40, 20, 7, 3])[0]
        words = self.random.choice(demo_words.WORDS) if self.random.random() < 0.12 else ""
        said = {"answer": "talked", "mood": mood, "words": words}
        line = self.add(
            CheckInLine,
            school_id=self.school.pk,
            check_in_id=check_in,
            student_id=seat.student_id,
            **said,
        )
        self.add(
            Reply,
            school_id=self.school.pk,
            line_id=line,
            key=f"demo-{line}",
            act="answer",
            at=at,
            **said,
        )
        return line

    def _asked(self, adult_id: int, on: date, state: str, **fields) -> int:
        at = self._evening(on, "Asia/Shanghai")
        answered = {"answered_at": at + timedelta(minutes=17)} if state == "answered" else {}
        return self.add(
            CheckIn,
            school_id=self.school.pk,
            adult_id=adult_id,
            due_on=on,
            state=state,
            asked_at=at,
            expires_at=at + timedelta(days=7),
            **answered,
            **fields,
        )

    def _evening(self, on: date, zone: str) -> datetime:
        """Never later than now: an answer of this evening has not been given yet."""
        at = calendar_weeks.local_instant(on, zone)
        return min(at + timedelta(minutes=self.random.randrange(120)), self.at)

    def _open_question(self, household: Household, parent: Person, parent_id: int) -> date:
        """A week without a talk so far: asked, asked again, or handed to the teacher."""
        state = household.family.this_week or self._open_state(household.family)
        days_ago = {"waiting": 1, "not_yet": 1, "asked_again": 3, "nobody_reached": 5}[state]
        step = {"waiting": 0, "not_yet": 0, "asked_again": 1, "nobody_reached": 2}[state]
        asked_on = self.on - timedelta(days=days_ago)
        next_at = (
            None
            if state == "nobody_reached"
            else self._evening(self.on, parent.zone) + timedelta(days=1)
        )
        check_in = self._asked(parent_id, asked_on, state, step=step, next_step_at=next_at)
        for number in range(min(step, 1) + 1):
            self._message(
                check_in, parent, parent_id, asked_on + timedelta(days=2 * number), number
            )
        for seat in household.seats:
            self._waiting_line(check_in, seat, state, asked_on, parent)
        return asked_on

    def _open_state(self, family: Family) -> str:
        if family.silence > calendar_weeks.FELL_SILENT:
            return "nobody_reached"
        states = ["waiting", "not_yet", "asked_again", "nobody_reached"]
        return self.random.choices(states, [42, 13, 27, 18])[0]

    def _waiting_line(
        self, check_in: int, seat: Place, state: str, asked_on: date, parent: Person
    ) -> None:
        answer = "not_yet" if state == "not_yet" else ""
        line = self.add(
            CheckInLine,
            school_id=self.school.pk,
            check_in_id=check_in,
            student_id=seat.student_id,
            answer=answer,
        )
        if answer:
            self.add(
                Reply,
                school_id=self.school.pk,
                line_id=line,
                key=f"demo-{line}",
                act="answer",
                answer=answer,
                at=self._evening(asked_on, parent.zone),
            )
        if state == "nobody_reached":
            self.add(
                FollowUp,
                school_id=self.school.pk,
                student_id=seat.student_id,
                check_in_id=check_in,
                opened_at=self.at - timedelta(days=1, hours=self.random.randrange(9)),
            )

    def _message(self, check_in: int, parent: Person, parent_id: int, on: date, step: int) -> None:
        at = self._evening(on, parent.zone)
        arrived = self.random.random() < 0.8
        message = self.add(
            OutboxMessage,
            school_id=self.school.pk,
            dedupe_key=f"check-in:{check_in}:{step}",
            kind="check_in",
            adult_id=parent_id,
            check_in_id=check_in,
            step=step,
            contact_point_id=parent.point_id,
            channel="demo_phone",
            address=parent.phone,
            state="accepted" if arrived else "failed",
            due_at=at,
            expires_at=at + timedelta(days=2),
            attempt_count=1,
            cause="" if arrived else "number_dead",
            created_at=at,
            finished_at=at,
        )
        self.add(
            Attempt,
            school_id=self.school.pk,
            message_id=message,
            channel="demo_phone",
            result="accepted" if arrived else "permanent",
            cause="" if arrived else "number_dead",
            at=at,
        )


def talked(random: Random, family: Family, week: int, weeks: int, first_day: date) -> bool:
    return calendar_weeks.talked(random, family.silence, week, weeks, first_day)
