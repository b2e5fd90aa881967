"""Made-up schools, written as rows one after another."""

from datetime import date, datetime, timedelta
from random import Random

from accounts.models import User
from calls.models import CallSlot
from classroom.models import (
    AttendanceMark,
    ClassRegister,
    FamilyRequest,
    HomeworkHelp,
    Letter,
    MissedHomework,
    Observation,
)
from core.pinyin import initials_of, pinyin_of
from delivery.models import Attempt, Device, Invitation, OutboxMessage
from demo import file
from demo.contacts import ContactWriter
from demo.doors import DoorWriter
from demo.families import Child, Family, Household, Person, Place, make_family
from demo.scene import home_class_of
from demo.story_families import story_families
from demo.tables import Table
from guardians.models import (
    Adult,
    Contact,
    ContactPoint,
    EntrustedCare,
    Guardianship,
    Migration,
    SentHome,
)
from messaging.models import AdultRhythm, CheckIn, CheckInLine, CheckInPlan, FollowUp, Reply
from privacy.models import Consent
from reunions.models import ReunionPlan, Watch
from schools.models import School, SchoolClass
from students.models import Enrolment, Student
from students.pictures import NAME_PICTURES, PICTURES, PICTURES_IN_CODE, code_of
from visits.models import Agreement, CallLog, Duty, Meeting, Visit

# In the order in which they are written: rows that others refer to come first.
ORDER: list[type] = [
    User,
    Student,
    Enrolment,
    Adult,
    ContactPoint,
    Guardianship,
    Migration,
    Device,
    Invitation,
    AdultRhythm,
    CheckInPlan,
    CheckIn,
    CheckInLine,
    Reply,
    OutboxMessage,
    Attempt,
    Contact,
    FollowUp,
    Consent,
    EntrustedCare,
    EntrustedCare.parents.through,
    SentHome,
    ClassRegister,
    AttendanceMark,
    Observation,
    Letter,
    FamilyRequest,
    HomeworkHelp,
    MissedHomework,
    Duty,
    Visit,
    Visit.met.through,
    Agreement,
    CallLog,
    Meeting,
    Meeting.came.through,
    CallSlot,
    ReunionPlan,
    Watch,
]
FIRST_GRADE_AGE = 6
STARTED_YEARS_AGO = 1


class SchoolWriter:
    """Writes the families of one school into shared tables, all drawn from `random`."""

    def __init__(
        self, tables: dict[type, Table], at: datetime, weeks: int, doors: DoorWriter | None = None
    ):
        self.tables, self.at, self.weeks, self.doors = tables, at, weeks, doors
        self.on = at.date()

    def add(self, model: type, **values) -> int:
        return self.tables[model].add(**values)

    def fill(
        self, school: School, classes: list[SchoolClass], size: int, seed: str, has_story: bool
    ) -> list[Household]:
        """Write the school's families and return them.

        Later additions to the file have random numbers of their own, so that one more draw there changes no
        family.
        """
        self.school, self.random = school, Random(seed)
        self.file_random = Random(f"{seed}:file")
        self.id_numbers: set[str] = set()
        # A file begun today first asks for what it lacks, and raises an alarm later (guardians.rules).
        year = self.on.year if self.on.month >= 9 else self.on.year - 1
        term = self.at.replace(year=year, month=9, day=1, hour=9)
        self.begun_at = min(self.at, term) if has_story else self.at
        contacts = ContactWriter(
            self.add, school, self.at, self.weeks, self.random, Random(f"{seed}:home")
        )
        households: list[Household] = []
        self.codes: dict[int, int] = dict.fromkeys((c.pk for c in classes), 0)
        stories = story_families() if has_story else []
        taken = {child.name for family in stories for child in family.children}
        home_class = home_class_of(classes)
        seated = 0
        while seated < size:
            family = stories.pop(0) if stories else make_family(self.random, taken)
            family.children = family.children[: size - seated]
            household = Household(family)
            for number, child in enumerate(family.children):
                is_of_story = family.is_story and number == 0
                school_class = home_class if is_of_story else self.random.choice(classes)
                household.seats.append(self._seat(family, child, school_class))
            seated += len(household.seats)
            self._adults(household)
            contacts.write(household)
            self._ways(household)
            households.append(household)
        return households

    def _seat(self, family: Family, child: Child, school_class: SchoolClass) -> Place:
        age = FIRST_GRADE_AGE + school_class.grade.number - 1
        born_on = date(self.on.year - age - 1, 9, 1) + timedelta(days=self.random.randrange(365))
        is_boarding = self.random.random() < 0.2 and not family.is_story
        sections = file.sections(
            self.file_random,
            child,
            family,
            born_on,
            is_boarding,
            self.school,
            self.on,
            self.id_numbers,
        )
        student_id = self.add(
            Student,
            school_id=self.school.pk,
            name=child.name,
            name_pinyin=pinyin_of(child.name),
            name_initials=initials_of(child.name),
            sex=child.sex,
            born_on=born_on,
            student_number=f"G{self.school.code[4:]}{self.tables[Student].count:07d}",
            village=family.village,
            strengths=child.strengths,
            wish=child.wish,
            picture_code=self._picture_code(school_class),
            created_at=self.begun_at,
            **sections,
        )
        self.add(
            Enrolment,
            school_id=self.school.pk,
            student_id=student_id,
            school_class_id=school_class.pk,
            starts_on=date(self.on.year if self.on.month >= 9 else self.on.year - 1, 9, 1),
        )
        return Place(student_id, school_class, child, born_on)

    def _picture_code(self, school_class: SchoolClass) -> str:
        """Return a code that is the same in every demo and starts differently for each child of the class."""
        pairs = len(PICTURES) ** NAME_PICTURES
        secrets = len(PICTURES) ** (PICTURES_IN_CODE - NAME_PICTURES)
        order = self.codes[school_class.pk]
        self.codes[school_class.pk] += 1
        secret = (order * 7919 + int(school_class.door_code) * 31) % secrets
        return code_of((order + int(school_class.door_code)) % pairs + pairs * secret)

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
        adult_id = self.tables[Adult].reserve()
        if self.doors and person.phone:
            self.doors.open_for(person, adult_id, self.school)
        self.add(
            Adult,
            id=adult_id,
            school_id=self.school.pk,
            user_id=person.user_id,
            name=person.name,
            name_pinyin=pinyin_of(person.name),
            condition=person.condition,
            prefers_audio=person.prefers_audio,
            literacy=person.literacy,
            time_zone=person.zone,
            shift=person.shift,
            legal_basis="guardian_duty" if person.kind == "parent" else "entrusted_care",
            created_at=self.begun_at,
        )
        if person.phone or person.written:
            person.point_id = self.tables[ContactPoint].reserve()
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

    def _ways(self, household: Household) -> None:
        """Write the numbers, once it is known what came of the messages to them."""
        for person, adult_id in zip(household.family.adults, household.adult_ids, strict=True):
            if person.point_id is None:
                continue
            is_verified = person.user_id or person.replied_at
            self.add(
                ContactPoint,
                id=person.point_id,
                school_id=self.school.pk,
                adult_id=adult_id,
                kind="phone",
                address=person.phone,
                as_written=person.written or person.phone,
                problem="" if person.phone else "too_short",
                by_call=bool(person.agreed_key),
                agreed_key=person.agreed_key,
                signs_in_by=ContactPoint.SignsInBy.OFFICE if person.phone else "",
                verified_at=self.at - timedelta(days=70) if is_verified else None,
                last_delivered_at=person.replied_at,
                last_replied_at=person.replied_at,
                failing_since=person.failing_since,
                failing_cause="number_out_of_service" if person.failing_since else "",
            )

    def _years_ago(self) -> date:
        return date(self.on.year - STARTED_YEARS_AGO, 2, 20)
