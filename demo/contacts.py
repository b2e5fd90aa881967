"""The past weeks of a family: who talked when and who reported it, what was asked and answered."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

from delivery.models import Attempt, OutboxMessage
from demo import weeks as calendar_weeks
from demo import words as demo_words
from demo.families import Family, Household, Person, Place
from guardians.models import Contact
from messaging.models import AdultRhythm, CheckIn, CheckInLine, CheckInPlan, FollowUp, Reply
from schools.models import School

CHECK_INS_KEPT_WEEKS = 4  # older weeks keep their contacts but not their questions
MESSAGES_ARRIVE = 0.8  # of the questions that are still unanswered (made up)
NO_NUMBER = 0.998  # families more silent than this have a phone number that is out of service
# Most families talk on one day of the week; in two weeks of seven on another one (made up).
OTHER_DAYS = 2
OTHER_PARENT_TOO = 0.6  # share of talking weeks (made up)
# share of what parents report that the child or the carer confirms (made up)
HOME_SAYS_SO_TOO = 0.5


class ContactWriter:
    """Writes the weeks of one family after another, all drawn from `random`."""

    def __init__(
        self,
        add: Callable[..., int],
        school: School,
        at: datetime,
        weeks: int,
        random: Random,
        home_random: Random,
    ):
        self.add, self.school, self.at, self.weeks = add, school, at, weeks
        self.random, self.home_random, self.on = random, home_random, at.date()
        self.has_pause = False  # one parent per school has asked for one

    def write(self, household: Household) -> None:
        away = household.family.parents_away
        if not away:
            return
        parent = next((person for person in away if person.phone), away[0])
        parent_id = household.adult_ids[household.family.adults.index(parent)]
        last_on = asked_on = None
        for week in range(self.weeks):
            first_day = self.on - timedelta(days=7 * (self.weeks - week) - 1)
            is_last = week == self.weeks - 1
            did = calendar_weeks.talked(
                self.random, household.family.silence, week, self.weeks, first_day
            )
            if is_last and household.family.this_week:
                did = household.family.this_week == "talked"
            if did:
                last_on = self._talk(household, parent, parent_id, first_day, week)
                self._other_parent(household, away, parent, last_on)
            elif is_last and parent.phone:
                asked_on = self._open_question(household, parent, parent_id)
        if len(away) > 1 and not household.family.is_story and not self.has_pause:
            self._ask_for_pause(parent_id)
        for seat in household.seats:
            self.add(
                CheckInPlan,
                school_id=self.school.pk,
                student_id=seat.student_id,
                every_days=self.school.check_in_every_days,
                next_due_on=max((asked_on or last_on or self.on) + timedelta(days=7), self.on),
            )

    def _ask_for_pause(self, parent_id: int) -> None:
        self.has_pause = True
        self.add(
            AdultRhythm,
            school_id=self.school.pk,
            adult_id=parent_id,
            paused_until=self.on + timedelta(days=9),
            by_family=True,
        )

    def _talk(
        self, household: Household, parent: Person, parent_id: int, first_day: date, week: int
    ) -> date:
        """Write a week in which they talked: reported by tap after a question, or seen by somebody else."""
        drawn = self.random.randrange(7)
        on = first_day + timedelta(days=drawn if drawn < OTHER_DAYS else parent_id % 7)
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
        if asked:
            parent.replied_at = self._evening(on, parent.zone)
        if kept:
            is_confirmed = bool(asked) and self._home_too(household, parent_id, on)
            household.note_talk(parent_id, on, by_parent=bool(asked), is_confirmed=is_confirmed)
        return on

    def _home_too(self, household: Household, parent_id: int, on: date) -> bool:
        """Let the child or the carer confirm it, on the same day or the next."""
        if self.home_random.random() > HOME_SAYS_SO_TOO:
            return False
        said_on = min(on + timedelta(days=self.home_random.randrange(2)), self.on)
        for seat in household.seats:
            self.add(
                Contact,
                school_id=self.school.pk,
                student_id=seat.student_id,
                adult_id=parent_id,
                kind="talk",
                happened_on=said_on,
                reported_by=self.home_random.choice(["child", "carer"]),
                recorded_at=min(calendar_weeks.local_instant(said_on, "Asia/Shanghai"), self.at),
            )
        return True

    def _other_parent(
        self, household: Household, away: list[Person], parent: Person, on: date
    ) -> None:
        """Let the other parent call in the same week, too, as often happens if both are away."""
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
        """Return an evening time, but never a future one: this evening's answers have not been given yet."""
        at = calendar_weeks.local_instant(on, zone)
        return min(at + timedelta(minutes=self.random.randrange(120)), self.at)

    def _open_question(self, household: Household, parent: Person, parent_id: int) -> date:
        """Write a week without a talk so far: asked, asked again, or handed to the teacher."""
        state = household.family.this_week or self._open_state(household.family)
        days_ago = {"waiting": 1, "not_yet": 1, "asked_again": 3, "nobody_reached": 5}[state]
        step = {"waiting": 0, "not_yet": 0, "asked_again": 1, "nobody_reached": 2}[state]
        rung = ["ask", "ask_again", "tell_teacher"][step]
        asked_on = self.on - timedelta(days=days_ago)
        next_at = (
            None
            if state == "nobody_reached"
            else self._evening(self.on, parent.zone) + timedelta(days=1)
        )
        check_in = self._asked(
            parent_id, asked_on, state, step=step, rung=rung, next_step_at=next_at
        )
        arrives = self.random.random() < MESSAGES_ARRIVE and household.family.silence < NO_NUMBER
        for number in range(min(step, 1) + 1):
            sent_on = asked_on + timedelta(days=2 * number)
            self._message(check_in, parent, parent_id, sent_on, number, arrives)
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

    def _message(
        self, check_in: int, parent: Person, parent_id: int, on: date, step: int, arrived: bool
    ) -> None:
        at = self._evening(on, parent.zone)
        if not arrived and step == 0:
            parent.failing_since = at
        message = self.add(
            OutboxMessage,
            school_id=self.school.pk,
            dedupe_key=f"check-in:{check_in}:{step}",
            kind="check_in",
            adult_id=parent_id,
            about_id=check_in,
            step=step,
            contact_point_id=parent.point_id,
            channel="demo_phone",
            address=parent.phone,
            state="accepted" if arrived else "failed",
            due_at=at,
            expires_at=at + timedelta(days=2),
            attempt_count=1,
            cause="" if arrived else "address_refused",
            created_at=at,
            finished_at=at,
        )
        self.add(
            Attempt,
            school_id=self.school.pk,
            message_id=message,
            channel="demo_phone",
            result="accepted" if arrived else "permanent",
            cause="" if arrived else "address_refused",
            at=at,
        )
