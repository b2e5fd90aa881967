"""A phone corner and a video room: past calls, how they went, and the ones to come."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from calls.models import CallPeriod, CallPlace, CallSlot
from core.phones import parse_phone
from demo.families import Household
from demo.scene import Scene
from guardians.models import Contact

WEEKDAYS, SATURDAY = range(5), 5
OPENS, CLOSES, MINUTES = time(16, 20), time(17, 20), 20
SLOTS_A_DAY = 3
BACK_DAYS, AHEAD_DAYS = 28, 9
RINGS_IN_MINUTES = 12  # enough to sign in and find the phones
BOOKED, CAME_ABOUT = 0.65, 0.9  # of the times offered; of those that have passed (made up)


def write(scene: Scene, households: Iterable[Household]) -> None:
    """Write the call slots of the main school, booked by parents who talked this week."""
    if not scene.is_whole:
        return
    random = scene.lots("calls")
    places = _places(scene)
    callers = [
        one
        for one in households
        if one.last_talk and (scene.on - one.last_talk.on).days < 7 and one.away_ids
    ]
    random.shuffle(callers)
    days = [scene.on + timedelta(days=n) for n in range(-BACK_DAYS, AHEAD_DAYS + 1)]
    open_days = [day for day in days if day in set(scene.days) or day >= scene.on]
    for on in (day for day in open_days if day.weekday() in WEEKDAYS):
        first = datetime.combine(on, OPENS, ZoneInfo(scene.school.time_zone))
        for place in places:
            for number in range(SLOTS_A_DAY):
                if callers and random.random() < BOOKED:
                    starts_at = first + timedelta(minutes=MINUTES * number)
                    _slot(scene, random, place, starts_at, callers.pop(), on)
    # From another class: the teacher visitors sign in as has enough for one day.
    others = [one for one in callers if one.seats[0].school_class.pk != scene.home_class.pk]
    for household in others[:1]:
        _rings_soon(scene, random, places[0], household)


def _rings_soon(scene: Scene, random: Random, place: CallPlace, household: Household) -> None:
    """Add a call that Jiaqiao rings a few minutes from now on the demo phones of the school and the parent.

    It does so at whatever time of day somebody tries the demo. During the parent's quiet hours nothing rings:
    their page says to dial.
    """
    starts_at = scene.at.replace(second=0, microsecond=0) + timedelta(minutes=RINGS_IN_MINUTES)
    zone = ZoneInfo(scene.school.time_zone)
    first = datetime.combine(starts_at.astimezone(zone).date(), OPENS, zone)
    length = timedelta(minutes=MINUTES)
    if first - length < starts_at < first + length * SLOTS_A_DAY:
        return  # the phone is booked by others at that time
    scene.add(
        CallSlot,
        school_id=scene.school.pk,
        place_id=place.pk,
        student_id=household.seats[0].student_id,
        adult_id=household.away_ids[0],
        starts_at=starts_at,
        ends_at=starts_at + length,
        state="booked",
        booked_by="family",
        booked_at=scene.at,
        confirmed_at=scene.at,
        join_key=random.choice("45678"),
        key=UUID(int=random.getrandbits(128)),
    )


def _places(scene: Scene) -> list[CallPlace]:
    phone = CallPlace.objects.create(
        school=scene.school,
        name="电话角",
        how_to_join=scene.school.phone,
        rings_at=parse_phone(scene.school.phone).address,
    )
    video = CallPlace.objects.create(
        school=scene.school,
        name="二楼小房间",
        kind=CallPlace.Kind.VIDEO,
        how_to_join="微信视频，打给学校的号 hyc-school",
    )
    open_on = [(phone, day) for day in WEEKDAYS] + [(video, day) for day in (1, 2, 4)]
    CallPeriod.objects.bulk_create(
        CallPeriod(
            school=scene.school,
            place=place,
            weekday=day,
            starts=OPENS,
            ends=CLOSES,
            slot_minutes=MINUTES,
            during_lessons=True,
        )
        for place, day in open_on
    )
    CallPeriod.objects.create(
        school=scene.school,
        place=video,
        weekday=SATURDAY,
        starts=time(9),
        ends=time(11),
        slot_minutes=MINUTES,
    )
    return [phone, video]


def _slot(
    scene: Scene,
    random: Random,
    place: CallPlace,
    starts_at: datetime,
    household: Household,
    on: date,
) -> None:
    if place.kind == CallPlace.Kind.VIDEO and on.weekday() not in (1, 2, 4):
        return
    is_over = starts_at + timedelta(minutes=MINUTES) <= scene.at
    state = "booked"
    if is_over:
        state = "done" if random.random() < CAME_ABOUT else "missed"
    settled = {"settled_at": min(starts_at + timedelta(minutes=18), scene.at)} if is_over else {}
    seat, adult_id = household.seats[0], household.away_ids[0]
    by_family = random.random() < 0.7
    booked_at = min(starts_at - timedelta(days=random.randint(1, 4)), scene.at)
    slot = scene.add(
        CallSlot,
        school_id=scene.school.pk,
        place_id=place.pk,
        student_id=seat.student_id,
        adult_id=adult_id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=MINUTES),
        state=state,
        booked_by="family" if by_family else "staff",
        booked_at=booked_at,
        confirmed_at=booked_at if by_family or random.random() < 0.6 else None,
        mood=random.choice([1, 1, 2, 2, 3]) if state == "done" else None,
        child_mood=random.choice([1, 2, 2, None]) if state == "done" else None,
        key=UUID(int=random.getrandbits(128)),
        **(settled | {"settled_by_id": scene.teacher_of(seat)} if is_over else {}),
    )
    if state == "done":
        _talk(scene, random, slot, place, seat.student_id, adult_id, on)


def _talk(
    scene: Scene,
    random: Random,
    slot: int,
    place: CallPlace,
    student_id: int,
    adult_id: int,
    on: date,
) -> None:
    """Record a call that the school saw as contact for that week."""
    scene.add(
        Contact,
        school_id=scene.school.pk,
        student_id=student_id,
        adult_id=adult_id,
        kind="video" if place.kind == CallPlace.Kind.VIDEO else "call",
        happened_on=on,
        reported_by="staff",
        minutes=random.randint(9, 19),
        source_key=f"call-slot:{slot}",
        recorded_at=scene.moment(on, 17, 25),
    )
