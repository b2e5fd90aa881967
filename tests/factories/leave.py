"""Requests for leave of the cast's families."""

from datetime import date, timedelta
from uuid import uuid4

from django.utils import timezone

from classroom.leave import actions
from classroom.models import LeaveRequest
from core import clock
from guardians import actions as guardians
from guardians.models import Adult
from schools.models import CalendarDay
from tests.factories.cast import Cast, make_adult, make_guardianship, make_user
from tests.factories.classroom import make_photo
from uploads.remaking import remake_photo


def school_days(cast: Cast, number: int = 5) -> list[date]:
    """Days from today on which there is school for sure, yesterday too."""
    today = timezone.localdate()
    days = [today + timedelta(days=ahead) for ahead in range(-1, number)]
    for day in days:
        CalendarDay.objects.update_or_create(
            school=cast.school, on=day, defaults={"kind": "school_day", "name": "补课"}
        )
    return days[1:]


def let_in(cast: Cast, key: str) -> Adult:
    """An account for an adult of the cast who has none."""
    adult = cast.adults[key]
    if adult.user is None:
        adult.user = cast.users[key] = make_user(f"family-{key}", adult.name)
        adult.save(update_fields=["user"])
    return adult


def talked(cast: Cast, reported_by: str = "child") -> None:
    """The mother and 徐梦瑶 talked today, by the word of `reported_by`."""
    guardians.record_contact(
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        happened_on=timezone.localdate(),
        reported_by=reported_by,
        at=timezone.now(),
        source_key=f"leave:{uuid4()}",
    )


def make_leave(cast: Cast, adult: str = "mother", child: str = "mengyao", **fields) -> LeaveRequest:
    today = timezone.localdate()
    wish = {
        "starts_on": today,
        "ends_on": today,
        "reason": "ill",
        "words": "",
        "collects": "home",
        "collector": None,
        "collector_words": "",
    }
    row, _is_new = actions.ask(
        student=cast.students[child],
        adult=cast.adults[adult],
        key=uuid4(),
        at=clock.now(),
        **(wish | fields),
    )
    return row


def make_leave_with_photo(cast: Cast, adult: str = "mother") -> LeaveRequest:
    file = make_photo()
    file.remade = remake_photo(file)  # as the form's field leaves it
    return make_leave(cast, adult, photo=file)


def agreed(cast: Cast, leave: LeaveRequest) -> LeaveRequest:
    """Somebody called the grandmother, and the class teacher agreed."""
    at, by = clock.now(), cast.users["teacher"]
    if leave.adult != cast.adults["grandmother"]:
        grandmother = cast.adults["grandmother"]
        actions.say(leave=leave, adult=grandmother, agrees=True, called_by=by, at=at)
    assert actions.agree(leave=leave, by=by, on=timezone.localdate(at), at=at)
    leave.refresh_from_db()
    return leave


def make_leave_of_aunt(cast: Cast, child: str = "mengyao") -> LeaveRequest:
    """By an emergency contact, whom nobody knows to care for the child."""
    cast.adults["aunt"] = make_adult(cast.school, "徐丽", "+8613893510009")
    make_guardianship(cast.students[child], cast.adults["aunt"], "relative", kind="contact")
    return make_leave(cast, "aunt", child)


def matrix_objects(cast: Cast, name: str) -> dict[str, int]:
    space, _, page = name.partition(":")
    if not page.startswith("leave"):
        return {}
    if name == "family:leave_say":
        talked(cast)
        return {"pk": make_leave_of_aunt(cast).pk}
    if space == "family":
        return {"pk": make_leave_with_photo(cast).pk}
    if space == "classroom":
        return {"pk": make_leave_with_photo(cast, "grandmother").pk}
    return {}
