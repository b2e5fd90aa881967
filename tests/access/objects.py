"""The rows behind the addresses of the matrix, all of them of 徐梦瑶 and her school."""

from datetime import date, timedelta
from uuid import uuid4

from django.utils import timezone

from delivery import actions as delivery_actions
from delivery import links as delivery_links
from delivery.models import ChannelAccount, OutboxMessage, SignInLink, VoiceCall
from delivery.voice.rules import Script, Step, as_json
from guardians import actions as guardians
from guardians.models import ContactPoint
from messaging import actions as messaging
from messaging import links
from messaging.models import CheckIn, CheckInLine, CheckInPlan, FollowUp, Reminder
from privacy.ledgers.actions import Addressed, record_sent
from rosters.models import Rollover, RosterImport
from safeguarding import actions as safeguarding
from schools.models import CalendarDay, Post, SchoolYear, Term, TimetablePeriod
from tests.days import day_of
from tests.factories import (
    accounts,
    api,
    calls,
    cases,
    concerns,
    county_accounts,
    duty,
    family_around,
    familyview,
    founding,
    identity,
    learning,
    leave,
    meetings,
    nights,
    notices,
    plans,
    pool,
    postcards,
    published,
    received,
    referrals,
    reports,
    retention,
    reunions,
    school_life,
    sentences,
    studies,
    surveys,
    threads,
    transfers,
)
from tests.factories.cast import Cast
from tests.factories.classroom import MAKERS_OF_CLASSROOM, send_photo
from tests.factories.visits import MAKERS_OF_VISITS, visit_row

_ROOMS = (
    calls, concerns, cases, plans, pool, published, received, referrals, reports, accounts, leave,
    school_life, identity, founding, threads, notices, nights, learning, meetings, surveys, transfers, api,
    retention, studies, sentences, county_accounts,
)  # fmt: skip


def make_objects(cast: Cast, name: str) -> dict:
    """Arguments by name; the key `pk` (and `token`) follow the address `name`."""
    space, _, page = name.partition(":")
    given = _whatever_the_address(cast, page)
    if page == "family_untalked":
        _talk(cast, given["key"])
    makers = {
        "counselling": _concern,
        "safeguarding": _concern,
        "messaging": _MAKERS_OF_PLANS.get(page, _follow_up),
        "delivery": _MAKERS_OF_DELIVERY.get(page, _nothing),
        "rosters": _rollover if page.startswith("new_year") else _roster_import,
        "staff": _MAKERS_OF_STAFF.get(page, _nothing),
        "schools": _MAKERS_OF_SETTINGS.get(page, _nothing),
        "classroom": MAKERS_OF_CLASSROOM.get(page, _nothing),
        "visits": MAKERS_OF_VISITS.get(page, visit_row),
        "village": visit_row,
    }
    if space == "hooks":
        given |= _hook(cast)
    if space in makers:
        given["pk"] = makers[space](cast)
    if page in ("later", "take_up"):
        given["key"] = f"info-{reunions.make_question(cast).pk}"
    if space in ("reunions", "family_reunions"):
        given |= reunions.matrix_objects(cast, page)
    if page in ("answer_request", "request_photo"):
        asked = familyview.ask(cast, timezone.now())
        given |= {"pk": asked.pk, "photo_pk": send_photo(cast, asked)}
    if name in ("family:data_withdraw", "privacy:request", "staff:erase_child"):
        given["pk"] = familyview.ask_for_deletion(cast, timezone.now()).pk
    if space == "family_postcards" or name.startswith("pupil:postcard"):
        given |= postcards.matrix_objects(cast, name)
    given |= family_around.matrix_objects(cast, page)
    given |= _of_rooms(cast, name)
    if space in _MAKERS_OF_TOKENS and "token" not in given:
        given["token"] = _MAKERS_OF_TOKENS[space](cast)
    return given


def _whatever_the_address(cast: Cast, page: str) -> dict:
    student, mother = cast.students["mengyao"], cast.adults["mother"]
    point = ContactPoint.objects.get(adult=mother)
    return {
        "student_id": student.pk,
        "adult_id": mother.pk,
        "point_id": point.pk,
        "school_id": cast.school.pk,
        "county_id": cast.county.pk,
        "class_id": cast.school_class.pk,
        "key": "health" if page.startswith("file_") else str(uuid4()),
        "part": "details",
        "kind": "photo" if page == "attachment" else "sms",
        "form": "page",
        "step": "alert",
        "code": "620622",
        "school_code": "S1",
    }


def _of_rooms(cast: Cast, name: str) -> dict:
    given: dict = {}
    for room in _ROOMS:
        given |= room.matrix_objects(cast, name)
    return given


def _nothing(cast: Cast) -> int:
    return 0


def _channel(cast: Cast) -> int:
    return ChannelAccount.objects.create(school=cast.school, kind="sms").pk


def _hook(cast: Cast) -> dict[str, object]:
    account = ChannelAccount.objects.create(school=cast.school, kind="alibaba_sms")
    return {"pk": account.pk, "key": str(account.hook_key)}


def _talk(cast: Cast, key: str) -> None:
    """What a member of staff wrote down a moment ago and may take back."""
    guardians.record_contact(
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        happened_on=timezone.localdate(),
        reported_by="staff",
        at=timezone.now(),
        source_key=f"staff:{key}",
    )


def _concern(cast: Cast) -> int:
    return safeguarding.raise_worry(
        student=cast.students["mengyao"],
        by=cast.users["teacher"],
        words="总一个人待着",
        is_urgent=False,
        at=timezone.now(),
        key="matrix",
    ).pk


def _check_in(cast: Cast) -> CheckIn:
    at = timezone.now()
    check_in = CheckIn.objects.create(
        school=cast.school,
        adult=cast.adults["mother"],
        due_on=day_of(at),
        asked_at=at,
        expires_at=at + timedelta(days=7),
    )
    CheckInLine.objects.create(
        school=cast.school, check_in=check_in, student=cast.students["mengyao"]
    )
    return check_in


def _check_in_token(cast: Cast) -> str:
    check_in = _check_in(cast)
    return links.token_for(check_in_id=check_in.pk, adult_id=check_in.adult_id)


def _sign_in_token(cast: Cast) -> str:
    delivery_actions.queue_sign_in_link(phone="+8613893510001", at=timezone.now())
    link = SignInLink.objects.get()
    return delivery_links.sign_in_token_for(link_id=link.pk, adult_id=link.adult_id)


def _follow_up(cast: Cast) -> int:
    return FollowUp.objects.create(
        school=cast.school,
        student=cast.students["mengyao"],
        check_in=_check_in(cast),
        opened_at=timezone.now(),
    ).pk


def _message(cast: Cast) -> int:
    account = ChannelAccount.objects.create(school=cast.school, kind="email")
    return delivery_actions.queue_test(
        channel_account=account, address="a@example.org", by=cast.users["admin"], at=timezone.now()
    ).pk


def _plan(cast: Cast) -> int:
    return CheckInPlan.objects.get_or_create(
        student=cast.students["mengyao"],
        defaults={"school": cast.school, "next_due_on": timezone.localdate()},
    )[0].pk


def _marked_date(cast: Cast) -> int:
    _plan(cast)
    return messaging.mark_date(
        school=cast.school,
        student=cast.students["mengyao"],
        on=timezone.localdate(),
        label="复查",
        by=cast.users["teacher"],
    ).pk


def _settlement(cast: Cast) -> int:
    row = OutboxMessage.objects.get(pk=_message(cast))
    row.state = "unknown"
    row.save()
    settlement = delivery_actions.settle_unknown(
        message=row, has_arrived=True, by=cast.users["admin"], at=timezone.now()
    )
    assert settlement
    return settlement.pk


def _reminder(cast: Cast) -> int:
    child, by = cast.students["mengyao"], cast.users["principal"]
    messaging.remind_teacher(student=child, by=by, at=timezone.now())
    return Reminder.objects.get(student=child).pk


_MAKERS_OF_PLANS = {
    **dict.fromkeys(("reminder_done", "reminder_undo"), _reminder),
    **dict.fromkeys(("plan", "resume_plan", "adult_rhythm", "mark_date"), _plan),
    "unmark_date": _marked_date,
}


def _demo_call(cast: Cast) -> int:
    says = Script("zh-hans", (Step("alert", "请按1。", {"1": "taken"}), Step("taken", "谢谢。")))
    return VoiceCall.objects.create(
        school=cast.school,
        channel="demo_call",
        idempotency_key=uuid4(),
        kind="concern",
        user=cast.users["counsellor"],
        address="+8613893510003",
        script=as_json(says),
        placed_at=timezone.now(),
    ).pk


_MAKERS_OF_DELIVERY = {
    **dict.fromkeys(("demo_call", "demo_call_voice"), _demo_call),
    "settle": _message,
    "unsettle": _settlement,
    "test_result": _message,
    "channel": _channel,
    "channel_test": _channel,
    "move_channel": _channel,
    "switch_channel": _channel,
    "match_families": _channel,
    "renew_hook": _channel,
}


def _roster_import(cast: Cast) -> int:
    return RosterImport.objects.create(
        school=cast.school,
        uploaded_by=cast.users["admin"],
        uploaded_at=timezone.now(),
        file_name="花名册.csv",
        content="姓名,班级\n徐梦瑶,三年级2班\n".encode(),
    ).pk


def _rollover(cast: Cast) -> int:
    """One in hand, of the class of the cast; and one of before, which was carried out."""
    year = SchoolYear.objects.get(school=cast.school)
    before = SchoolYear.objects.create(
        school=cast.school, starts_on=date(2019, 9, 1), ends_on=date(2020, 8, 31)
    )
    facts = {"school": cast.school, "begun_by": cast.users["admin"], "begun_at": timezone.now()}
    draft = Rollover.objects.create(
        from_year=year, starts_on=date(2035, 9, 1), ends_on=date(2036, 8, 31), **facts
    )
    for one in (cast.school_class, cast.next_class):
        draft.classes.create(school_class=one, goes="up", number=one.number)
    days = {"starts_on": year.starts_on, "ends_on": year.ends_on}
    done = {"state": "done", "done_by": cast.users["admin"], "done_at": timezone.now()}
    return Rollover.objects.create(from_year=before, **days, **facts, **done).pk


def _term(cast: Cast) -> int:
    year = SchoolYear.objects.filter(school=cast.school).first()
    return Term.objects.create(
        year=year, season="autumn", starts_on=year.starts_on, ends_on=year.starts_on
    ).pk


def _day(cast: Cast) -> int:
    return CalendarDay.objects.create(school=cast.school, on="2026-12-31", kind="holiday").pk


def _period(cast: Cast) -> int:
    return TimetablePeriod.objects.create(
        school=cast.school, name="第一节", starts="08:20", ends="09:00"
    ).pk


def _post(cast: Cast) -> int:
    return Post.objects.get(user=cast.users["teacher"]).pk


def _turn_of_duty(cast: Cast) -> int:
    return duty.put(cast, "teacher", day_of(timezone.now()) + timedelta(days=1)).pk


def _ledger(cast: Cast) -> int:
    return record_sent(
        school=cast.school,
        to=Addressed("township", "王所长", "上报", ["numbers"]),
        student_ids=[cast.students["mengyao"].pk],
        content=b"sealed",
        digest="0" * 64,
        key=uuid4(),
        by=cast.users["admin"],
        at=timezone.now(),
        ip=None,
    ).pk


_MAKERS_OF_STAFF = {
    "end_post": _post,
    "moved_work": _post,
    "new_year_check": _rollover,
    "ledger_file": _ledger,
    "ledger_arrived": _ledger,
}
_MAKERS_OF_SETTINGS = {
    "term": _term,
    "term_of_county": _term,
    "remove_day": _day,
    "remove_period": _period,
    "reach": _post,
    "invitation": _post,
    "duty_turn": _turn_of_duty,
    "duty_give": _turn_of_duty,
    "duty_swap": _turn_of_duty,
    "duty_off": _turn_of_duty,
}
_MAKERS_OF_TOKENS = {"check_in": _check_in_token, "family": _sign_in_token}
