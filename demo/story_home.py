"""Recent messages and requests of the story's families: postcards, holidays, questions, an invitation."""

from datetime import timedelta

from calls import actions as calls
from calls.models import CallSlot
from calls.queries import offer_of
from calls.rules import Fit
from classroom.leave import actions as leave
from classroom.models import AttendanceMark, LeaveRequest
from delivery import actions as messaging
from delivery.models import Invitation
from demo.scene import Scene
from demo.story_school import Cast, adult_of, key
from demo.voices import hummed
from guardians import details
from postcards import actions as postcards
from privacy import actions as privacy
from privacy import requests
from privacy.models import DataRequest, Purpose
from reunions import actions as reunions
from reunions.models import ReunionPlan, Season
from schools.queries import calendar_of
from schools.roles import Role
from students.models import Student

PAGES = [
    (
        "register",
        "",
        "孩子跟您去城里，先办居住证：带身份证、租房合同、单位证明，到住处的派出所。"
        "\n户口不用迁。孩子在老家的学籍，由两边学校办转接。",
    ),
    (
        "schooling",
        "32",
        "随迁子女在江苏上小学，多数市看三样：居住证、住处、工作或社保。"
        "\n每年报名的日子由区教育局定，常在五六月。先打区教育局的电话问清楚，再退房搬家。",
    ),
    (
        "homecoming",
        "62",
        "县里每年正月有招工会。想回来找活的，可以先到乡镇劳务站登记。"
        "\n学校能替您问一问离家近的活，但不能替您定。",
    ),
]


def tell(scene: Scene, cast: Cast) -> None:
    teacher = scene.teachers[scene.home_class.pk]
    for topic, province, body in PAGES:
        reunions.save_info_page(
            school=scene.school,
            topic=topic,
            province=province,
            body=body,
            source="示例文字，学校请按当地规定改写",
            on=scene.on - timedelta(days=30),
            by=scene.colleagues[Role.SCHOOL_ADMIN],
        )
    if "徐梦瑶" in cast:
        _postcards(scene, cast["徐梦瑶"])
        _next_call(scene, cast["徐梦瑶"])
        _home_for_the_feast(scene, cast["徐梦瑶"])
        _asks_for_leave(scene, cast["徐梦瑶"])
        reunions.ask_school(
            student=cast["徐梦瑶"],
            adult=adult_of(cast["徐梦瑶"], "mother"),
            topic="schooling",
            words="明年秋天想让梦瑶到昆山上四年级，学校要开什么证明？",
            key=key("schooling"),
            at=scene.yesterday_at(18, 5),
        )
    if "何静" in cast:
        _left_again(scene, cast["何静"])
        # The mother asks for a correction; the father has confirmed his own details.
        requests.ask(
            adult=adult_of(cast["何静"], "mother"),
            student=cast["何静"],
            kind=DataRequest.Kind.CORRECTION,
            words="何静的生日写错了，户口本上是晚两天。",
            key=key("birthday"),
            at=scene.at - timedelta(days=2),
        )
        father = adult_of(cast["何静"], "father")
        details.confirm(adults=[father], at=scene.at - timedelta(days=9), on=scene.on)
    if "赵小龙" in cast:
        # Nobody had asked this family until now: the teacher does so.
        asked_at = scene.at - timedelta(days=1)
        privacy.ask_for_consent(
            student=cast["赵小龙"], purpose=Purpose.PHOTO, by=teacher, at=asked_at
        )
    if "丁海涛" in cast:
        _new_number(scene, cast["丁海涛"])


def _postcards(scene: Scene, child: Student) -> None:
    """Write postcards: she hummed for her mother, who listened and answered.

    The answer waits on the pupil pages.
    """
    mother = adult_of(child, "mother")
    sent_at = scene.at - timedelta(days=2)
    card = postcards.send_to_family(
        student=child, adults=[mother], file=hummed("child"), key=key("card"), at=sent_at
    )
    for copy in card.copies.all():
        postcards.note_heard(copy=copy, at=sent_at + timedelta(hours=7))
    if mother.user is None:
        return
    postcards.send_to_child(
        student=child,
        sender=mother,
        file=hummed("parent"),
        key=key("answer"),
        by=mother.user,
        at=scene.yesterday_at(22, 10),
    )


def _next_call(scene: Scene, child: Student) -> None:
    """Let the mother book the first time from tomorrow on when she is neither asleep nor at work."""
    mother = adult_of(child, "mother")
    tomorrow = scene.moment(scene.on, 0) + timedelta(days=1)
    free = offer_of(scene.school, scene.at).free_for(child.pk, mother)
    suits = [one for one in free if one.fit is Fit.GOOD and one.starts_at >= tomorrow]
    if suits:
        calls.book(
            student=child,
            adult=mother,
            place_id=suits[0].place_id,
            starts_at=suits[0].starts_at,
            booked_by=CallSlot.BookedBy.FAMILY,
            key=key("call"),
            at=scene.at,
        )


def _asks_for_leave(scene: Scene, child: Student) -> None:
    """Let the grandmother ask for leave on the next school day; the request waits for the teacher."""
    calendar = calendar_of(scene.school)
    ahead = (scene.on + timedelta(days=n) for n in range(1, 15))
    day = next((one for one in ahead if calendar.is_school_day(one)), None)
    if day is None:  # during the holidays
        return
    leave.ask(
        student=child,
        adult=adult_of(child, "paternal_grandmother"),
        key=key("leave"),
        at=scene.yesterday_at(20, 15),
        starts_on=day,
        ends_on=day,
        reason=AttendanceMark.Reason.FAMILY,
        words="我要去县医院看腿，孩子跟我去。",
        collects=LeaveRequest.Collects.HOME,
    )


def _next_season(scene: Scene) -> Season | None:
    rows = Season.objects.filter(school=scene.school, ends_on__gte=scene.on)
    return rows.order_by("starts_on").first()


def _home_for_the_feast(scene: Scene, child: Student) -> None:
    """Write a holiday plan: the mother has her ticket; the father does not know yet."""
    season = _next_season(scene)
    if season is None:
        return
    feast = season.feast_on or season.starts_on
    reunions.save_plan(
        season=season,
        student=child,
        adult=adult_of(child, "mother"),
        changes={
            "travel": ReunionPlan.Travel.COMES,
            "arrives_on": feast - timedelta(days=6),
            "leaves_on": feast + timedelta(days=9),
            "has_ticket": True,
        },
        said_by=ReunionPlan.SaidBy.PARENT,
        at=scene.at - timedelta(days=5),
    )
    reunions.save_plan(
        season=season,
        student=child,
        adult=adult_of(child, "father"),
        changes={"travel": ReunionPlan.Travel.OPEN},
        said_by=ReunionPlan.SaidBy.STAFF,
        at=scene.at - timedelta(days=3),
        by=scene.teachers[scene.home_class.pk],
    )


def _left_again(scene: Scene, child: Student) -> None:
    """Write a visit: the mother was home for some days and left three days ago, so that a check is due."""
    past = Season.objects.filter(school=scene.school, starts_on__lte=scene.on)
    season = past.order_by("-starts_on").first() or _next_season(scene)
    if season is None:
        return
    plan = reunions.save_plan(
        season=season,
        student=child,
        adult=adult_of(child, "mother"),
        changes={
            "travel": ReunionPlan.Travel.COMES,
            "arrives_on": scene.on - timedelta(days=8),
            "leaves_on": scene.on - timedelta(days=3),
            "has_ticket": True,
        },
        said_by=ReunionPlan.SaidBy.PARENT,
        at=scene.at - timedelta(days=20),
    )
    teacher = scene.teachers[scene.home_class.pk]
    reunions.record_outcome(
        plan=plan,
        outcome=ReunionPlan.Outcome.HAPPENED,
        by=teacher,
        at=scene.at - timedelta(days=6),
    )
    for watch in plan.watches.filter(step__lt=0):
        reunions.close_watch(
            watch=watch, seen="fine", words="", by=teacher, at=scene.at - timedelta(days=6)
        )


def _new_number(scene: Scene, child: Student) -> None:
    """Let somebody use the father's invitation with another number, so that we ask the teacher."""
    father = adult_of(child, "father")
    teacher = scene.teachers[scene.home_class.pk]
    messaging.make_slips(adults=[father], by=teacher, at=scene.at - timedelta(days=20))
    messaging.claim_slip(
        invitation=Invitation.objects.get(adult=father, used_at=None, revoked_at=None),
        proof=Invitation.Proof.NEW_NUMBER,
        address="+8618193512213",
        at=scene.yesterday_at(19, 20),
    )
