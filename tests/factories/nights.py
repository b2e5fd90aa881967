"""People near by who count, and evenings."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from core import clock
from guardians.models import Adult, Guardianship, NearbyAdult
from nights import actions, links, rules
from nights.models import Asking, Night, Switch
from students.models import Student
from tests.factories.cast import Cast, make_adult, make_guardianship

SAID_ON = date(2026, 9, 1)
SAID_AT = datetime(2026, 9, 1, 4, tzinfo=UTC)


def make_nearby(
    cast: Cast, name: str, phone: str, rank: int = 1, child: str = "mengyao", **fields
) -> NearbyAdult:
    """Somebody new of the neighbourhood to whom parent, child and village have said yes."""
    adult = make_adult(cast.school, name, phone, legal_basis=Adult.LegalBasis.CONSENT)
    return near(cast, adult, rank, child, **fields)


def near(cast: Cast, adult: Adult, rank: int = 1, child: str = "mengyao", **fields) -> NearbyAdult:
    student = cast.students[child]
    make_guardianship(student, adult, "other", kind=Guardianship.Kind.CONTACT, may_see_file=False)
    complete = {
        "agreed_by": cast.adults["mother"],
        "agreed_at": SAID_AT,
        "agreed_how": NearbyAdult.Agreed.CALL,
        "agreed_noted_by": cast.users["teacher"],
        "child_asked_on": SAID_ON,
        "child_asked_by": cast.users["teacher"],
        "child_wants": True,
        "village_told_on": SAID_ON,
        "village_told_by": cast.users["teacher"],
    }
    return NearbyAdult.objects.create(
        school=student.school,
        student=student,
        adult=adult,
        rank=rank,
        minutes=5,
        willing_on=SAID_ON,
        added_by=cast.users["teacher"],
        added_at=SAID_AT,
        **(complete | fields),
    )


def asked(night: Night, part: str = Asking.Part.NEARBY) -> Asking:
    """The latest question about an evening."""
    rows = Asking.objects.filter(entries__night=night, part=part).order_by("-pk")
    found = rows.first()
    assert found is not None
    return found


def village_of(student: Student, village: str = "黄羊川村") -> None:
    Student.objects.filter(pk=student.pk).update(village=village)


def matrix_objects(cast: Cast, name: str) -> dict:
    """Somebody near by, an evening, its question and a switch of the class, for the matrix."""
    space, _, page = name.partition(":")
    wants = {"nights", "family_nights"}
    if space not in wants and name != "village:night" and not page.startswith("family_nearby"):
        return {}
    row = make_nearby(cast, "李婶", "+8613893510051")
    at = clock.now()
    if page.startswith("family_nearby") or page in ("agree", "child"):
        return {"nearby_id": row.pk, "what": "village"}
    if page == "switch_off":
        return {"pk": _switch(cast, at).pk}
    village_of(cast.students["mengyao"])
    night = actions.start(
        student=cast.students["mengyao"], reason="hospital", by=cast.users["counsellor"], at=at
    )
    if name == "village:night":
        for minutes in (rules.NEARBY_MINUTES, rules.NEARBY_MINUTES + rules.DUTY_MINUTES):
            actions.follow(at + timedelta(minutes=minutes))
    asking = asked(night)
    token = links.token_for(asking.pk, None, asking.adult_id)
    return {"pk": night.pk, "token": token}


def _switch(cast: Cast, at: datetime) -> Switch:
    return actions.switch_on(
        school=cast.school,
        school_class=cast.school_class,
        reason="storm",
        days=(at.date(), at.date()),
        with_boarders=False,
        key=uuid4(),
        by=cast.users["principal"],
        at=at,
    )
