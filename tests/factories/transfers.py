"""徐梦瑶's file on its way to the other school of the cast, and 马思源's on its way here."""

from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from privacy.models import Consent
from schools.models import School
from students.models import Student
from tests.factories.cast import Cast, make_adult, make_guardianship, make_post, make_user
from transfers import actions
from transfers.models import Arrival, Part, Protection, Transfer, TransferWord

ALL = list(Part.values)


def far_staff(cast: Cast) -> None:
    """`far_principal`, `far_counsellor`, `far_admin` of the other school."""
    for key, name, role in (
        ("far_principal", "赵校长", "principal"),
        ("far_counsellor", "白雪", "counsellor"),
        ("far_admin", "钱文", "school_admin"),
    ):
        # By the rows: the cast of a whole file outlives what is taken back.
        if not User.objects.filter(username=key).exists():
            user = cast.users[key] = make_user(key, name, phone="+8613909350031")
            make_post(user, role, school=cast.other_school)


def prepare(cast: Cast, *, child: str = "mengyao", by: str = "principal", **facts) -> Transfer:
    far_staff(cast)
    student = Student.objects.select_related("school").get(pk=cast.students[child].pk)
    there = cast.other_school if student.school_id == cast.school.pk else cast.school
    given = {"to_school": there, "parts": ALL, "key": uuid4(), "at": timezone.now()}
    return actions.prepare(student=student, by=cast.users[by], **given | facts)


def say(
    cast: Cast, transfer: Transfer, who: str = "mother", decision: str = "given"
) -> TransferWord:
    return actions.say(
        transfer=transfer,
        adult=cast.adults[who],
        decision=decision,
        via=Consent.Via.FAMILY_PAGE,
        words="",
        key=uuid4(),
        at=timezone.now(),
    )


def agreed(cast: Cast, **facts) -> Transfer:
    transfer = prepare(cast, **facts)
    say(cast, transfer)
    transfer.refresh_from_db()
    return transfer


def accept(cast: Cast, transfer: Transfer, *, by: str = "far_admin", **facts) -> Arrival:
    at = timezone.now()
    given = {"school_class": cast.far_class, "starts_on": timezone.localdate(at), "existing": None}
    return actions.accept(transfer=transfer, by=cast.users[by], at=at, **given | facts)


def coming(cast: Cast) -> Transfer:
    """To the cast's own school, agreed to by the mother there, with somebody who may not come near."""
    # Real ones hand over to real ones: schools for trying out alone ask nobody for a second step.
    both = (cast.school.pk, cast.other_school.pk)
    School.objects.filter(pk__in=both).update(is_demo=False)
    father = make_adult(cast.other_school, "马大山", "+8613893510044")
    make_guardianship(cast.students["yuan"], father, "father")
    father.blocked_at, father.blocked_reason = timezone.now(), "法院保护令"
    far_staff(cast)
    father.blocked_by = cast.users["far_principal"]
    father.save()
    transfer = prepare(cast, child="yuan", by="far_principal")
    say(cast, transfer, "far_mother")
    return transfer


def on_paper(cast: Cast) -> Transfer:
    """To a school without Jiaqiao, printed."""
    transfer = agreed(cast, to_school=None, outside="温州市瓯海区实验小学", outside_to="王校长")
    Protection.objects.filter(transfer=transfer).update(acknowledged_at=timezone.now())
    actions.print_package(transfer=transfer, by=cast.users["admin"], at=timezone.now())
    return transfer


def matrix_objects(cast: Cast, name: str) -> dict[str, int]:
    space, _, page = name.partition(":")
    if space not in ("transfers", "family_transfers") or page == "prepare":
        return {}
    if page in ("accept", "decline", "confirm"):
        return {"pk": coming(cast).pk}
    if page in ("print", "paper", "received", "called", "call_back"):
        return {"pk": on_paper(cast).pk}
    if page == "child_word":  # who agrees for itself, too
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(born_on=None)
    return {"pk": prepare(cast).pk}
