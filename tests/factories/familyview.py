"""What 徐梦瑶's mother may read, and beside it everything that her pages must withhold.

Each text that is withheld holds a word of its own, so that a page can be searched for all of them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from accounts.actions import record_access
from classroom.models import FamilyRequest, Letter, Observation
from guardians.models import Contact, ContactDenial, SentHome
from messaging.models import CheckIn, CheckInLine, FollowUp, Reply
from privacy import requests
from privacy.models import Consent, DataRequest, Purpose
from reunions.models import ReunionPlan, Season
from safeguarding import actions as safeguarding
from safeguarding.models import Concern, ConcernEntry
from tests.days import day_of
from tests.factories.cast import Cast
from visits.models import Visit

GOOD = "教会了同桌削铅笔"
LETTER = {
    "good_news": "还当了一天值日组长",
    "body": "长高了，午饭吃得香",
    "mood": "多数时候爱笑",
    "learning": "数学跟得上",
    "you_can_do": "问问她种的蒜苗长多高了",
}
WITHHELD = {
    "observation about the home": "家里没有人做晚饭",
    "observation about offending": "拿了小卖部的东西",
    "strength not meant for the family": "悄悄帮厨房阿姨",
    "draft of a letter": "草稿里的一句话",
    "teacher's concern": "手臂上有旧伤",
    "pupil's request": "想找人说说夜里的事",
    "what another adult answered": "奶奶说最近头晕",
    "teacher's note": "电话里听着不对劲",
    "visit": "灶台好些天没用过",
    "another adult's journey": "坐火车从库尔勒走",
    "what came of a denial": "孩子说没有通过话",
    "note of a check": "还有一件事没有结束",
    "other adult's phone": "893510003",
    "blocked father's phone": "893510002",
    "blocked father's place": "库尔勒",
    "blocked father's name": "徐建军",
    "other adult's consent": "receipt-of-grandmother",
}


@dataclass
class FamilyView:
    letter: Letter
    news: Observation
    ask: FamilyRequest
    withheld: dict[str, str]


def fill(cast: Cast, at: datetime) -> FamilyView:
    view = FamilyView(_letter(cast, at), _good_news(cast, at), ask(cast, at), dict(WITHHELD))
    view.withheld["other adult's consent"] = _rest(cast, at)
    _withhold(cast, at)
    return view


def _of(cast: Cast) -> dict:
    return {"school": cast.school, "student": cast.students["mengyao"]}


def _letter(cast: Cast, at: datetime) -> Letter:
    common = _of(cast) | {"written_by": cast.users["teacher"]}
    Letter.objects.create(good_news=WITHHELD["draft of a letter"], written_at=at, **common)
    return Letter.objects.create(
        written_at=at - timedelta(days=1), sent_at=at - timedelta(hours=20), **LETTER, **common
    )


def observe(cast: Cast, at: datetime, words: str, **fields) -> Observation:
    return Observation.objects.create(
        words=words,
        happened_at=at - timedelta(days=2),
        written_by=cast.users["teacher"],
        recorded_at=at,
        **_of(cast) | fields,
    )


def _good_news(cast: Cast, at: datetime) -> Observation:
    return observe(cast, at, GOOD, strengths=["helps"], tell_family=True)


def ask(cast: Cast, at: datetime, adult: str = "mother", **fields) -> FamilyRequest:
    return FamilyRequest.objects.create(
        adult=cast.adults[adult],
        due_on=(at + timedelta(days=3)).date(),
        asked_by=cast.users["teacher"],
        asked_at=at,
        **_of(cast) | {"words": "请给孩子寄一张近照"} | fields,
    )


def ask_for_deletion(cast: Cast, at: datetime, child: str = "mengyao") -> DataRequest:
    return requests.ask(
        adult=cast.adults["mother"],
        student=cast.students[child],
        kind=DataRequest.Kind.DELETION,
        words="孩子转学了",
        key=uuid4(),
        at=at,
    )


def _rest(cast: Cast, at: datetime) -> str:
    """The mother's own rows, and one consent of each: hers is shown, the other's receipt is not."""
    mother, of = cast.adults["mother"], _of(cast)
    Contact.objects.create(
        adult=mother, happened_on=day_of(at), reported_by="parent", recorded_at=at, **of
    )
    SentHome.objects.create(
        adult=mother, kind="gift", arrived_on=day_of(at), words="一双棉鞋", source_key="gift-1",
        reported_by="parent", recorded_at=at, **of,
    )  # fmt: skip
    said = {"purpose": Purpose.PHOTO, "decision": "given", "text_version": 1, "via": "family_page"}
    Consent.objects.create(adult=mother, at=at, **said, **of)
    other = Consent.objects.create(adult=cast.adults["grandmother"], at=at, **said, **of)
    return str(other.receipt)


def _withhold(cast: Cast, at: datetime) -> None:
    of, users = _of(cast), cast.users
    observe(cast, at, WITHHELD["observation about the home"], themes=["home"], tell_family=True)
    observe(
        cast, at, WITHHELD["observation about offending"],
        themes=["offending"], strengths=["brave"], tell_family=True,
    )  # fmt: skip
    observe(cast, at, WITHHELD["strength not meant for the family"], strengths=["helps"])
    concern = safeguarding.raise_worry(
        student=of["student"], by=users["teacher"], words=WITHHELD["teacher's concern"],
        is_urgent=False, at=at, key="familyview",
    )  # fmt: skip
    ConcernEntry.objects.create(
        school=cast.school, concern=concern, kind="added", at=at, words="手臂上有旧伤，已拍照"
    )
    Concern.objects.create(
        source="pupil", source_key="pupil-familyview", words=WITHHELD["pupil's request"],
        opened_at=at, due_at=at, clock="school_hours", **of,
    )  # fmt: skip
    _holidays(cast, at)
    _answers(cast, at)
    ContactDenial.objects.create(
        said_by="child", said_on=day_of(at), source_key="denial-1", recorded_at=at,
        outcome=WITHHELD["what came of a denial"], **of,
    )  # fmt: skip
    Visit.objects.create(
        due_on=day_of(at), words=WITHHELD["visit"], reason="灶台好些天没用过", **of
    )
    DataRequest.objects.create(
        adult=cast.adults["mother"], kind="correction", words="地址不对", key=uuid4(),
        asked_at=at, due_on=day_of(at), check_note=WITHHELD["note of a check"], **of,
    )  # fmt: skip
    for user, what in (("teacher", "child"), ("counsellor", "concern"), ("mother", "family copy")):
        record_access(
            by=users[user],
            school_id=cast.school.pk,
            student_ids=[of["student"].pk],
            what=what,
            ip=None,
        )


def _holidays(cast: Cast, at: datetime) -> None:
    """Each parent's own plan; neither has allowed it to be shown to the other."""
    on = day_of(at) + timedelta(days=60)
    season = Season.objects.create(
        school=cast.school, kind="winter", starts_on=on, ends_on=on + timedelta(days=20)
    )
    for adult, words in (
        ("mother", "腊月二十六到家"),
        ("father", WITHHELD["another adult's journey"]),
    ):
        ReunionPlan.objects.create(
            season=season, adult=cast.adults[adult], travel="comes", arrives_on=on, words=words,
            said_by="parent", said_at=at, **_of(cast),
        )  # fmt: skip


def _answers(cast: Cast, at: datetime) -> None:
    """The mother answered, and so did the grandmother; a teacher noted what came of it."""
    for adult, words in (
        ("mother", "我们聊了作业"),
        ("grandmother", WITHHELD["what another adult answered"]),
    ):
        check_in = CheckIn.objects.create(
            school=cast.school, adult=cast.adults[adult], due_on=day_of(at), asked_at=at,
            state="answered", answered_at=at, expires_at=at + timedelta(days=7),
        )  # fmt: skip
        line = CheckInLine.objects.create(
            check_in=check_in, answer="talked", mood=2, words=words, **_of(cast)
        )
        Reply.objects.create(
            school=cast.school,
            line=line,
            key=adult,
            act="answer",
            answer="talked",
            words=words,
            at=at,
        )
    FollowUp.objects.create(
        opened_at=at, done_at=at, done_by=cast.users["teacher"], outcome="reached",
        words=WITHHELD["teacher's note"], check_in=check_in, **_of(cast),
    )  # fmt: skip
