"""A school's phone with its open times, and calls in every state."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.utils import timezone

from calls import actions, feeds
from calls.models import CallPlace, CallSlot, ThreeThings
from calls.things import actions as things_actions
from guardians.clock import actions as clock_actions
from guardians.models import Adult
from schools.actions import seed_timetable
from schools.models import School
from students.models import Student
from tests.days import day_of
from tests.factories.classroom import make_photo
from uploads.remaking import remake_photo

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


def chosen(cast, child="mengyao", adult="mother", felt=None, at=None, **facts) -> ThreeThings:
    """What the child wants this parent to ask; with `felt` after the call."""
    at = at or timezone.now()
    facts = {"pictures": ["pet", "when"], "sentences": ["小羊站起来了没有"], "key": uuid4()} | facts
    student = cast.students[child]
    things = things_actions.choose(student=student, adult=cast.adults[adult], at=at, **facts)
    if felt:
        things_actions.tell_felt(student=student, things_id=things.pk, felt=felt, at=at)
        things.refresh_from_db()
    return things


def matrix_objects(cast, name: str) -> dict:
    """The row behind an address of call slots or of the clock, of 徐梦瑶 and her mother."""
    at, child, mother = timezone.now(), cast.students["mengyao"], cast.adults["mother"]
    space, _sep, page = name.partition(":")
    if page in ("clock_ask", "clock_ask_undo"):
        denial = clock_actions.say_not_talked(
            student=child, adult=mother, said_by="child", on=day_of(at), source_key="m", at=at
        )
        return {"pk": denial.pk}
    if page == "family_unsent":
        key = str(uuid4())
        clock_actions.record_sent(
            student=child,
            adult=mother,
            kind="gift",
            arrived_on=day_of(at),
            words="",
            reported_by="staff",
            source_key=f"staff-sent:{key}",
            at=at,
        )
        return {"key": key}
    if name == "calls:home":
        return {"student_pk": child.pk, "pk": cast.adults["grandmother"].pk}
    if page == "things_photo":
        things = chosen(cast)
        file = make_photo()
        file.remade = remake_photo(file, is_small=True)  # as the form's field leaves it
        things_actions.answer(things=things, picture="", words="", photo=file, at=at)
        return {"pk": things.pk}
    if name in ("calls:things_asked", "family_calls:things"):
        return {"pk": chosen(cast, felt=1 if space == "calls" else None).pk}
    if page == "calendar_file":
        door, who = ("staff", "teacher") if space == "staff" else ("family", "mother")
        return {"token": feeds.token_of(actions.renew_feed(user=cast.users[who], door=door, at=at))}
    if space not in ("calls", "family_calls"):
        return {}
    place = offer_calls(cast.school)
    rows = {
        "place": lambda: place,
        "switch_place": lambda: place,
        "remove_period": lambda: place.periods.first(),
        "wish": lambda: actions.tell_none_fits(
            student=child, adult=mother, words="", key=uuid4(), at=at
        ),
    }
    make = rows.get(page, lambda: make_slot(place, child, mother, at + timedelta(hours=2)))
    return {"pk": make().pk}
