"""A meeting of the cast's own class, in a week."""

from datetime import datetime, timedelta
from uuid import uuid4

from core import clock
from delivery import links as sealed
from meetings import actions
from meetings.actions import Plan
from meetings.experts import actions as experts
from meetings.models import Expert, Meeting, MeetingInvitation, MeetingPhoto
from meetings.photos import actions as photos
from schools.policies import today_in
from tests.factories.cast import Cast, make_adult, make_guardianship, make_student
from tests.factories.files import as_file, photo

TITLE = "期中家长会"


def plan(cast: Cast, starts_at: datetime, **changes) -> Plan:
    fields = {
        "key": uuid4(),
        "kind": "parents",
        "title": TITLE,
        "words": "说说这半学期。",
        "place": "三年级2班教室",
        "remote": "腾讯会议 123 456",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=90),
        "slot_minutes": None,
        "scope": "classes",
        "picked": [cast.school_class.pk],
    }
    return Plan(**fields | changes)


def make(
    cast: Cast,
    by: str = "teacher",
    at: datetime | None = None,
    starts_in=timedelta(days=7),
    **changes,
) -> Meeting:
    at = at or clock.now()
    starts_at = (at + starts_in).replace(microsecond=0)
    return actions.invite(
        school=cast.school, plan=plan(cast, starts_at, **changes), by=cast.users[by], at=at
    )


def second_family(cast: Cast) -> None:
    """Add a family that shares no child with the cast's own: `neighbour` and their child."""
    cast.adults["neighbour"] = make_adult(cast.school, "赵强", "13893520001")
    child = make_student(cast.school_class, "赵小刚")
    make_guardianship(child, cast.adults["neighbour"], "father")


def of(cast: Cast, meeting: Meeting, who: str = "mother") -> MeetingInvitation:
    return meeting.invitations.select_related("meeting", "adult").get(adult=cast.adults[who])


def token_of(row: MeetingInvitation) -> str:
    return sealed.seal("meeting", row.pk, row.adult_id)


def expert(cast: Cast, name: str = "周慧", days_ago: int | None = 30) -> Expert:
    """Looked up so many days ago; None: never."""
    at = clock.now()
    looked_up = None if days_ago is None else today_in(cast.school, at) - timedelta(days=days_ago)
    return experts.note(
        school=cast.school,
        name=name,
        field="儿童心理",
        place="县医院",
        reach="+8613893529999",
        checked_on=looked_up,
        by=cast.users["principal"],
        at=at,
    )


def photo_of(cast: Cast, meeting: Meeting, at: datetime | None = None) -> MeetingPhoto:
    kept = photos.add(
        meeting=meeting,
        file=as_file(photo()),
        key=uuid4(),
        by=cast.users["teacher"],
        at=at or clock.now(),
    )
    assert kept
    return kept


def matrix_objects(cast: Cast, name: str) -> dict[str, object]:
    """Arguments of one address of the access matrix, with the row behind it."""
    space, _, page = name.partition(":")
    if space not in ("meetings", "family_meetings"):
        return {}
    if page.startswith("expert_"):
        return {"pk": expert(cast).pk}
    # At the door it runs now.
    now = ("minutes", "door", "photo_add", "photo", "photo_delete")
    starts_in = timedelta(minutes=-10 if page in now else 600)
    meeting = make(cast, starts_in=starts_in)
    row = of(cast, meeting)
    token = sealed.seal("meeting_door", meeting.pk) if page == "door" else token_of(row)
    given = {"pk": meeting.pk, "invitation_id": row.pk, "token": token}
    return given | ({"photo_id": photo_of(cast, meeting).pk} if page.startswith("photo") else {})
