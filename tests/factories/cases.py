"""A case of 徐梦瑶, kept by the counsellor."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from counselling.attachments import actions as attachments
from counselling.cases import actions, emergency
from counselling.models import Attachment, Case, CaseReader, CaseSession, CaseTask, Note
from safeguarding import actions as concerns
from safeguarding.models import Concern
from tests.days import day_of
from tests.factories.cast import Cast, make_post, make_user
from tests.factories.factors import give_factor
from uploads.remaking import Remade

SEEN = b"\xff\xd8\xff-what the picture shows"
SAID = "她说夜里总醒，想妈妈"


def make_case(cast: Cast, at: datetime | None = None, student: str = "mengyao") -> Case:
    at = at or timezone.now()
    concern = concerns.raise_worry(
        student=cast.students[student],
        by=cast.users["teacher"],
        words="总一个人待着",
        is_urgent=False,
        at=at,
        key=f"case-{uuid4()}",
    )
    return actions.open_case(concern=concern, by=cast.users["counsellor"], at=at)


def concern_of(case: Case) -> Concern:
    return Concern.objects.filter(cases=case).earliest("pk")


def note(case: Case, kind: str = "session", words: str = SAID, at=None, **facts) -> Note:
    return actions.write_note(
        case=case,
        by=case.owner,
        kind=kind,
        words=words,
        at=at or timezone.now(),
        key=facts.pop("key", uuid4()),
        **facts,
    )


def session(case: Case, at: datetime | None = None) -> CaseSession:
    at = at or timezone.now()
    return actions.plan_session(
        case=case, by=case.owner, starts_at=at + timedelta(hours=4), at=at, key=uuid4()
    )


def task(case: Case, words: str = "问问奶奶", at: datetime | None = None) -> CaseTask:
    at = at or timezone.now()
    return actions.add_task(
        case=case, by=case.owner, words=words, due_on=day_of(at), at=at, key=uuid4()
    )


def reader(case: Case, user, at: datetime | None = None, days: int = 7) -> CaseReader:
    """Let in, with the second step that reading a case asks for."""
    give_factor(user)
    at = at or timezone.now()
    until_at = at + timedelta(days=days)
    return actions.let_in(case=case, by=case.owner, user=user, until_at=until_at, at=at)


def emergency_reader(case: Case, user, at: datetime | None = None) -> CaseReader:
    """Reads for a day without having been let in; the owner is told."""
    give_factor(user)
    at = at or timezone.now()
    emergency.read_in_emergency(
        student=case.student, by=user, reason="孩子今晚说不想活了", at=at, key=uuid4(), ip=None
    )
    return CaseReader.objects.get(case=case, user=user, is_emergency=True)


def attachment(case: Case, data: bytes = SEEN, name: str = "门诊单", **facts) -> Attachment:
    remade = Remade({}, [("image/jpeg", data)])
    given = {"at": timezone.now(), "key": uuid4()} | facts
    return attachments.add(case=case, by=case.owner, name=name, remade=remade, **given)


def second_counsellor(cast: Cast):
    user = cast.users["second"] = make_user("second", "孙静")
    make_post(user, "counsellor", school=cast.school)
    return user


def matrix_objects(cast: Cast, name: str) -> dict:
    """Arguments of the addresses of cases (tests/access)."""
    space, _, page = name.partition(":")
    if space != "counselling" or not page.startswith("case"):
        return {}
    case = make_case(cast)
    if page == "case_take_over":
        Case.objects.filter(pk=case.pk).update(owner=cast.users["ended"])
    given = {"pk": case.pk, "kind": "session"}
    if page == "case_session_settle":
        given["session_id"] = session(case).pk
    if page == "case_task_settle":
        given["task_id"] = task(case).pk
    if page == "case_file":
        given["attachment_id"] = attachment(case).pk
    if page == "case_agree":
        reader(case, cast.users["principal"])
    if page == "case_shut_out":
        given["reader_id"] = reader(case, cast.users["next_teacher"]).pk
    return given
