"""A school's phone with its open times, and calls in every state."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from calls import actions
from calls.models import CallPlace, CallSlot
from guardians.models import Adult
from schools.actions import seed_timetable
from schools.models import School
from students.models import Student

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEDNESDAY = date(2026, 11, 25)
NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)  # 12:00 at the school


def make_phone(school: School, name: str = "值班室电话", **fields) -> CallPlace:
    return actions.add_place(
        school=school, **{"name": name, "kind": "phone", "how_to_join": "0935-5112233", **fields}
    )


def open_afternoons(place: CallPlace, **fields) -> None:
    """Monday to Friday 16:30–17:30 in calls of 20 minutes, during after-school care."""
    actions.add_period(
        place=place,
        **{
            "weekdays": [0, 1, 2, 3, 4],
            "starts": time(16, 30),
            "ends": time(17, 30),
            "slot_minutes": 20,
            "during_lessons": True,
            **fields,
        },
    )


def offer_calls(school: School) -> CallPlace:
    """A phone, the usual timetable, and every afternoon open."""
    seed_timetable(school=school)
    place = make_phone(school)
    open_afternoons(place)
    return place


def at_school(on: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(on, time(hour, minute), SHANGHAI).astimezone(UTC)


def make_slot(
    place: CallPlace, student: Student, adult: Adult, starts_at: datetime, **fields
) -> CallSlot:
    """A row as booking would leave it, whatever the school offers."""
    return CallSlot.objects.create(
        school=place.school,
        place=place,
        student=student,
        adult=adult,
        starts_at=starts_at,
        **{
            "ends_at": starts_at + timedelta(minutes=20),
            "booked_by": "family",
            "booked_at": starts_at - timedelta(days=3),
            "confirmed_at": starts_at - timedelta(days=3),
            "key": uuid4(),
            **fields,
        },
    )
