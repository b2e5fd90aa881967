"""Letters that go online: what the other school reads, who there does not, and what becomes of them."""

import threading
from datetime import date, datetime, timedelta
from functools import partial
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessRecord
from core import clock
from counselling import rotation
from counselling.cases import actions as case_actions
from counselling.cases.policies import AccessWithdrawn, can_keep
from counselling.letters import package, rules
from counselling.models import (
    Brief,
    Case,
    Engagement,
    Referral,
    ReferralCopy,
    ReferralEntry,
    ReferralPlace,
)
from counselling.received import actions, news, policies
from counselling.received import work as received_work
from counselling.referrals import actions as referral_actions
from counselling.referrals import queries as referral_queries
from delivery.models import OutboxMessage
from delivery.texts import render
from doors.family.data_copy.archive import as_json, gather
from doors.family.readers import context as family_readers
from doors.staff import erasing
from guardians.blocking import actions as blocking
from guardians.models import Adult
from privacy.models import DataRequest
from safeguarding.models import Concern
from schools.models import Post, School
from students import barriers
from students.models import Student
from tests.counselling.pool.happenings import client_of
from tests.counselling.test_secrecy import new_key
from tests.factories import cases, familyview, received, referrals, reports
from tests.factories.cast import Cast, make_cast, make_guardianship, make_post, make_user
from tests.factories.outbox import cause_at
from tests.factories.received import ANSWER, SAID

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NAMES = ("徐梦瑶", "梦瑶", "王芳")
TUESDAY = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def letter(cast) -> ReferralCopy:
    return received.make_letter(cast)


def page_of(cast: Cast, who: str, letter: ReferralCopy):
    return client_of(cast.users[who]).get(
        reverse("counselling:received", args=[letter.referral_id])
    )


def answer(cast: Cast, who: str, letter: ReferralCopy, to: str, words: str = ""):
    address = reverse("counselling:received_answer", args=[letter.referral_id])
    return client_of(cast.users[who]).post(address, {"to": to, "words": words})


def home_page(cast: Cast, letter: ReferralCopy, who: str = "counsellor") -> str:
    address = reverse("counselling:referral", args=[letter.referral_id])
    return client_of(cast.users[who]).get(address).content.decode()


def take_back(cast: Cast, letter: ReferralCopy, words: str = "孩子转学了"):
    address = reverse("counselling:referral_move", args=[letter.referral_id])
    return client_of(cast.users["counsellor"]).post(address, {"to": "revoked", "words": words})


def state_of(letter: ReferralCopy) -> str:
    return Referral.objects.get(pk=letter.referral_id).state


def rows(cast: Cast, who: str, at: datetime | None = None) -> list[str]:
    return [one.why for one in received_work.work_for(cast.users[who], at or clock.now())]


def home_rows(cast: Cast, at: datetime | None = None) -> list[str]:
    by = cast.users["counsellor"]
    return [one.why for one in referral_queries.work_for(by, at or clock.now())]


def messages(cast: Cast, who: str, state: str = "due") -> list[str]:
    found = OutboxMessage.objects.filter(user=cast.users[who], dedupe_key__startswith="referral")
    return [one.payload["words"] for one in found.filter(state=state).order_by("pk")]


# Before it leaves


def test_the_form_offers_schools_with_a_counsellor_and_never_ones_own(cast):
    case, there = cases.make_case(cast), received.make_receivers(cast)
    make_post(cast.users["counsellor"], "counsellor", school=cast.other_school)  # works there, too
    trial = School.objects.create(county=cast.county, name="试用小学", code="T1", is_demo=True)
    make_post(make_user("trial", "试用"), "counsellor", school=trial)
    form = (
        client_of(cast.users["counsellor"])
        .get(reverse("counselling:referral_new", args=[case.pk]))
        .context["form"]
    )
    blank, (_online, offered) = form.fields["place"].choices
    assert blank[0] == ""  # nobody is chosen beforehand
    assert [key for key, _label in offered] == [f"school-{there.pk}"]


def test_before_sending_the_page_says_to_whom_and_shows_exactly_what(cast):
    case, there = cases.make_case(cast), received.make_receivers(cast)
    client, on = client_of(cast.users["counsellor"]), timezone.localdate()
    given = {
        "key": str(uuid4()),
        "place": f"school-{there.pk}",
        "asks": referrals.ASKS,
        "due_on": (on + 9 * DAY).isoformat(),
        "child_said": "agrees",
        "parts": ["carers"],
        "permission": "ground",
        "ground": "harm",
        "ground_words": "身上有伤",
    }
    assert (
        client.post(reverse("counselling:referral_new", args=[case.pk]), given).status_code == 302
    )
    made = Referral.objects.get()
    page = client.get(reverse("counselling:referral", args=[made.pk]))
    assert set(page.context["receivers"]) == {cast.users["receiver"], cast.users["colleague"]}
    assert received.THERE in page.context["package"].to
    sending = {"digest": page.context["send_form"].initial["digest"]}
    move = reverse("counselling:referral_move", args=[made.pk])
    for wrong in ("post", "by_hand", "family", ""):
        assert client.post(move, sending | {"handed": wrong}).status_code == 422
    assert not ReferralCopy.objects.exists()
    for _ in range(2):  # a second tap
        assert client.post(move, sending | {"handed": "online"}).status_code == 302
    assert ReferralEntry.objects.filter(to_state=rules.SENT).count() == 1
    there_page = page_of(cast, "receiver", ReferralCopy.objects.get())
    assert there_page.context["package"] == page.context["package"]
    assert "身上有伤" in there_page.content.decode()


def test_what_has_no_counsellor_any_more_goes_on_paper(cast):
    case, there = cases.make_case(cast), received.make_receivers(cast)
    made = received.draft_to(case, there)
    digest = package.digest_of(referral_actions.preview(made, clock.now()))
    Post.objects.filter(school=there).update(ends_on=timezone.localdate() - DAY)
    with pytest.raises(referral_actions.CannotMove, match="other_way"):
        referral_actions.send(
            referral=made, by=case.owner, handed="online", digest=digest, at=clock.now()
        )
    page = client_of(case.owner).get(reverse("counselling:referral", args=[made.pk]))
    assert page.context["unreachable"] == there
    assert referrals.send(made).handed == "by_hand"
    assert not ReferralCopy.objects.exists()


def test_a_place_of_the_list_is_linked_and_a_paper_place_of_that_name_is_not_taken_for_it(cast):
    case, there = cases.make_case(cast), received.make_receivers(cast)
    paper = referrals.place(cast, received.THERE)
    made = received.draft_to(case, there)
    assert made.listed_place != paper
    assert made.listed_place.linked_school == there
    received.draft_to(case, there)
    assert ReferralPlace.objects.filter(linked_school=there).count() == 1
    client = client_of(cast.users["counsellor"])
    facts = {"name": received.THERE, "kind": "school"}
    places = reverse("counselling:places")
    assert client.post(places, facts | {"linked_school": cast.school.pk}).status_code == 422
    assert client.post(places, facts | {"linked_school": there.pk}).status_code == 302
    paper.refresh_from_db()
    assert paper.linked_school == there


# What is read, and by whom


def test_it_waits_for_each_counsellor_there_and_for_nobody_else(cast, letter):
    principal = cast.users["there_principal"] = make_user("there-principal", "何校长")
    make_post(principal, "principal", school=letter.school)
    teacher = cast.users["there_teacher"] = make_user("there-teacher", "丁老师")
    make_post(teacher, "school_admin", school=letter.school)
    received.far_counsellor(cast)  # of a third school
    for who in ("receiver", "colleague"):
        assert len(rows(cast, who)) == 1
        assert SAID in page_of(cast, who, letter).content.decode()
    for who in ("there_principal", "there_teacher", "far_counsellor", "counsellor", "principal"):
        assert rows(cast, who) == []
        assert page_of(cast, who, letter).status_code == 404
        assert answer(cast, who, letter, "accepted").status_code == 404
        assert not policies.receivers(
            letter.school_id, letter.referral.student_id, timezone.localdate()
        ).filter(pk=cast.users[who].pk)
    assert state_of(letter) == rules.SENT


def test_no_list_and_no_message_names_the_child_and_each_reading_is_noted(cast, letter):
    client = client_of(cast.users["receiver"])
    lists = client.get(reverse("staff:today")).content.decode()
    lists += client.get(reverse("counselling:referral_list")).content.decode()
    address = reverse("counselling:received", args=[letter.referral_id])
    assert lists.count(address) >= 2
    in_place = client.get(address, headers={"HX-Request": "true"})
    assert in_place.headers["HX-Redirect"] == address
    assert not AccessRecord.objects.filter(user=cast.users["receiver"]).exists()
    for message in OutboxMessage.objects.filter(user=cast.users["receiver"]):
        for language in ("en", "zh-hans"):
            lists += render(
                kind="notice", language=language, url="https://x.cn/a", school=message.school.name,
                words=message.payload["words"],
            ).body  # fmt: skip
        assert message.school == letter.school
        assert cause_at(message, clock.now()) == ""  # nothing keeps it back
    assert not [name for name in (*NAMES, SAID, cast.school.code) if name in lists]
    client.get(address)
    read = AccessRecord.objects.get(user=cast.users["receiver"])
    assert (read.school_id, read.student_id) == (cast.school.pk, cast.students["mengyao"].pk)
    assert "孙静" in home_page(cast, letter)
    days = family_readers(cast.students["mengyao"], clock.now())["days"]
    assert "孙静" not in str(days)


def test_a_reading_by_who_once_worked_at_home_stays_off_the_familys_page(cast, letter):
    """The page names people with a post at the child's school, also a former one."""
    reader, child = cast.users["receiver"], letter.referral.student
    make_post(reader, "school_admin", school=cast.school, ends_on=timezone.localdate() - DAY)
    client_of(cast.users["admin"]).get(reverse("staff:child", args=[child.pk]))
    assert page_of(cast, "receiver", letter).status_code == 200
    assert AccessRecord.objects.filter(user=reader, student_id=child.pk).exists()
    named = family_readers(child, clock.now())["days"]
    assert cast.users["admin"].name in str(named)
    assert reader.name not in str(named)


def test_a_reading_by_who_once_worked_at_home_is_shown_to_safeguarding_alone(cast, letter):
    """To anybody else a counsellor of another school would tell that there is a case."""
    reader, child = cast.users["receiver"], letter.referral.student
    make_post(reader, "school_admin", school=cast.school, ends_on=timezone.localdate() - DAY)
    assert page_of(cast, "receiver", letter).status_code == 200
    for who, is_told in (("counsellor", True), ("teacher", False)):
        page = client_of(cast.users[who]).get(reverse("staff:readers", args=[child.pk]))
        assert (reader.name in page.content.decode()) == is_told, who


def test_who_is_barred_after_it_was_sent_is_not_told_at_the_last_look(cast, letter):
    is_barred(cast, letter)
    causes = {
        one.user_id: cause_at(one, clock.now())
        for one in OutboxMessage.objects.filter(kind="notice")
    }
    assert [bool(causes[cast.users[who].pk]) for who in ("receiver", "colleague")] == [True, False]


def test_later_changes_at_home_do_not_reach_it_and_no_child_is_made(cast, letter):
    before, children = page_of(cast, "receiver", letter).context["package"], Student.objects.count()
    case = Case.objects.get()
    cases.note(case, kind="assessment", words="后来写的", at=clock.now() + MINUTE)
    Adult.objects.filter(pk=cast.adults["grandmother"].pk).update(name="改名了")
    actions.accept(copy=letter, by=cast.users["receiver"], at=clock.now())
    assert page_of(cast, "receiver", letter).context["package"] == before
    assert Student.objects.count() == children
    assert not Case.objects.exclude(pk=case.pk).exists()


# What becomes of it


def test_taken_on_it_is_one_counsellors_and_done_with_an_answer(cast, letter):
    assert answer(cast, "receiver", letter, "accepted").status_code == 302
    assert answer(cast, "receiver", letter, "accepted").status_code == 302  # a second tap
    assert ReferralEntry.objects.filter(to_state=rules.ACCEPTED).count() == 1
    assert rows(cast, "colleague") == rows(cast, "receiver") == []
    other = page_of(cast, "colleague", letter).content.decode()
    assert SAID not in other
    assert "孙静" in other
    assert answer(cast, "colleague", letter, "done", ANSWER).status_code == 409
    assert messages(cast, "counsellor") == [news.TAKEN]
    assert answer(cast, "receiver", letter, "done").status_code == 422
    for _ in range(2):
        assert answer(cast, "receiver", letter, "done", ANSWER).status_code == 302
    assert state_of(letter) == rules.DONE
    assert ReferralEntry.objects.filter(to_state=rules.DONE).count() == 1
    assert messages(cast, "counsellor") == [news.TAKEN, news.ANSWERED]
    assert ANSWER in page_of(cast, "receiver", letter).content.decode()
    assert len(home_rows(cast)) == 1
    assert ANSWER in home_page(cast, letter)
    assert home_rows(cast) == []  # read
    case = client_of(cast.users["counsellor"]).get(
        reverse("counselling:case", args=[letter.referral.case_id])
    )
    assert [one["text"] for one in case.context["entries"] if "孙静" in one["text"]]


def test_not_taken_on_the_sender_reads_why_and_nobody_there_reads_it_any_more(cast, letter):
    assert answer(cast, "receiver", letter, "rejected").status_code == 422
    assert answer(cast, "receiver", letter, "rejected", "我们没有会方言的老师").status_code == 302
    assert state_of(letter) == rules.REJECTED
    for who in ("receiver", "colleague"):
        assert SAID not in page_of(cast, who, letter).content.decode()
    again = reverse("counselling:referral_new", args=[letter.referral.case_id])
    client = client_of(cast.users["counsellor"])
    form = client.get(again, {"like": str(letter.referral_id)}).context["form"]
    assert (form["asks"].value(), form["place"].value()) == (referrals.ASKS, None)
    assert AccessRecord.objects.filter(user=cast.users["counsellor"], what="referral").exists()
    assert not client.get(again, {"like": "1; x"}).context["form"]["asks"].value()
    letter.refresh_from_db()
    assert set(actions.words_in(letter)) == {"answer"}
    assert "我们没有会方言的老师" in home_page(cast, letter)
    assert messages(cast, "colleague") == []
    assert messages(cast, "colleague", "suppressed") == [news.CAME]
    for to in ("accepted", "done"):
        assert answer(cast, "receiver", letter, to, "又").status_code == 409


@pytest.mark.parametrize("is_taken", [False, True])
def test_taken_back_nothing_of_it_can_be_read_there(cast, letter, is_taken):
    if is_taken:
        actions.accept(copy=letter, by=cast.users["receiver"], at=clock.now())
    page_of(cast, "receiver", letter)
    assert take_back(cast, letter, "").status_code == 422
    assert take_back(cast, letter, "妈妈不同意了").status_code == 302
    letter.refresh_from_db()
    assert bytes(letter.sealed) == b""
    for who in ("receiver", "colleague"):
        page = page_of(cast, who, letter)
        text = page.content.decode()
        assert page.context["is_revoked"]
        assert not [word for word in (SAID, referrals.ASKS, "妈妈不同意了", *NAMES) if word in text]
        late = answer(cast, who, letter, "done", "我写了很久的话")
        assert late.status_code == 409
        assert "我写了很久的话" in late.content.decode()
        assert rows(cast, who) == []
    assert messages(cast, "receiver") == [news.WITHDRAWN] * is_taken
    assert messages(cast, "colleague") == []
    home = home_page(cast, letter)
    assert "妈妈不同意了" in home
    assert "孙静" in home  # who had opened it
    assert AccessRecord.objects.filter(user=cast.users["receiver"]).count() == 1
    assert rotation.rotate()["tampered"] == 0


def test_what_was_answered_in_the_meantime_is_not_taken_back(cast, letter):
    actions.accept(copy=letter, by=cast.users["receiver"], at=clock.now())
    actions.finish(copy=letter, by=cast.users["receiver"], words=ANSWER, at=clock.now())
    response = take_back(cast, letter)
    assert response.status_code == 409
    assert ANSWER in response.content.decode()
    assert state_of(letter) == rules.DONE


def test_the_sender_answers_nothing_in_the_name_of_the_other_school(cast, letter):
    at, by = clock.now(), cast.users["counsellor"]
    for to in (rules.ACCEPTED, rules.REJECTED, rules.DONE):
        with pytest.raises(referral_actions.CannotMove, match="not_from_here"):
            referral_actions.move(referral=letter.referral, by=by, to=to, at=at)
    client = client_of(by)
    move = reverse("counselling:referral_move", args=[letter.referral_id])
    assert client.post(move, {"to": "done"}).status_code == 422
    assert state_of(letter) == rules.SENT


@pytest.mark.parametrize(
    "data", [{}, {"to": "revoked", "words": "x"}, {"to": "sent", "words": "x"}]
)
def test_no_other_word_is_an_answer(cast, letter, data):
    address = reverse("counselling:received_answer", args=[letter.referral_id])
    assert client_of(cast.users["receiver"]).post(address, data).status_code == 422
    assert answer(cast, "receiver", letter, "rejected", "字" * 2001).status_code == 422
    assert answer(cast, "receiver", letter, "done", "还没有接").status_code == 409
    assert state_of(letter) == rules.SENT


def at_once(*acts) -> list[str]:
    """What each of them came to, begun at the same moment by threads of their own."""
    ready, told = threading.Barrier(len(acts)), []

    def run(act) -> None:
        connection.ensure_connection()
        ready.wait()
        try:
            act()
            told.append("got")
        except (actions.NotOpen, referral_actions.CannotMove):
            told.append("late")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return sorted(told)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_it_on_at_once_one_gets_it():
    cast = make_cast()
    letter, at = received.make_letter(cast), clock.now()
    both = [
        partial(actions.accept, copy=letter, by=cast.users[who], at=at)
        for who in ("receiver", "colleague")
    ]
    assert at_once(*both) == ["got", "late"]
    assert ReferralEntry.objects.filter(to_state=rules.ACCEPTED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_answered_and_taken_back_at_once_it_is_one_of_them_whole():
    cast = make_cast()
    letter, at = received.make_letter(cast), clock.now()
    by, owner = cast.users["receiver"], cast.users["counsellor"]
    actions.accept(copy=letter, by=by, at=at)
    taken_back = {"referral": letter.referral, "by": owner, "to": rules.REVOKED, "words": "x"}
    told = at_once(
        partial(actions.finish, copy=letter, by=by, words=ANSWER, at=at),
        partial(referral_actions.move, at=at, **taken_back),
    )
    assert told == ["got", "late"]
    letter.refresh_from_db()
    is_done = state_of(letter) == rules.DONE
    assert (actions.words_in(letter).get("answer") == ANSWER) is is_done
    assert (bytes(letter.sealed) == b"") is not is_done


# Who can no longer work with it


def leaves_the_post(cast, letter):
    user = cast.users["receiver"]
    Post.objects.filter(user=user).update(ends_on=timezone.localdate() - DAY)


def is_barred(cast, letter):
    barriers.set_barrier(
        student=letter.referral.student,
        user=cast.users["receiver"],
        reason="核实",
        by=cast.users["principal"],
        at=clock.now(),
    )


def is_suspected_elsewhere(cast, letter):
    reports.make_report(cast, by="next_teacher", student="haitao", users=[cast.users["receiver"]])


def is_of_the_family(cast, letter):
    aunt = Adult.objects.create(school=cast.school, name="孙静", user=cast.users["receiver"])
    make_guardianship(letter.referral.student, aunt, "relative")


KEPT_OUT = [leaves_the_post, is_barred, is_suspected_elsewhere, is_of_the_family]


@pytest.mark.parametrize("happens", KEPT_OUT)
@pytest.mark.parametrize("is_taken", [False, True])
def test_who_is_kept_from_the_child_reads_and_answers_nothing(cast, letter, happens, is_taken):
    """Also as the one who took it on; the condition from the letter and from the reader agree."""
    if is_taken:
        actions.accept(copy=letter, by=cast.users["receiver"], at=clock.now())
    happens(cast, letter)
    news.follow(clock.now())
    assert messages(cast, "receiver") == []
    on = timezone.localdate()
    fit = set(policies.receivers(letter.school_id, letter.referral.student_id, on))
    assert fit == {cast.users["colleague"]}
    assert rows(cast, "receiver") == []
    assert page_of(cast, "receiver", letter).status_code == 404
    assert answer(cast, "receiver", letter, "done", "x").status_code == 404
    with pytest.raises(actions.NotOpen):
        actions.accept(
            copy=letter, by=cast.users["receiver"], at=clock.now()
        ) if not is_taken else (
            actions.finish(copy=letter, by=cast.users["receiver"], words="x", at=clock.now())
        )
    # A colleague goes on in their place.
    assert len(rows(cast, "colleague")) == 1
    assert answer(cast, "colleague", letter, "accepted").status_code == 302
    letter.refresh_from_db()
    assert letter.taken_by == cast.users["colleague"]
    assert home_rows(cast) == []


@pytest.mark.parametrize("is_taken", [False, True])
def test_the_last_counsellor_is_gone_and_the_sender_hears_of_it(cast, letter, is_taken):
    if is_taken:
        actions.accept(copy=letter, by=cast.users["receiver"], at=clock.now())
    Post.objects.filter(school=letter.school).update(ends_on=timezone.localdate() - DAY)
    (why,) = home_rows(cast)
    assert received.THERE in why
    for _ in range(2):
        news.follow(clock.now())
    assert messages(cast, "counsellor").count(news.UNATTENDED) == 1
    assert take_back(cast, letter).status_code == 302
    assert home_rows(cast) == []
    paper = reverse("counselling:referral_letter", args=[letter.referral_id])
    assert paper in home_page(cast, letter)
    assert client_of(cast.users["counsellor"]).get(paper).status_code == 200


def test_who_agreed_decides_no_longer_and_the_sender_hears_of_it(cast, letter):
    by = cast.users["principal"]
    blocking.block_adult(adult=cast.adults["mother"], reason="法院", by=by, at=clock.now())
    assert len(home_rows(cast)) == 1
    take_back(cast, letter)
    assert home_rows(cast) == []


def test_who_comes_to_the_school_later_hears_of_what_waits_once(cast, letter):
    new = cast.users["new"] = make_user("new", "罗敏")
    make_post(new, "counsellor", school=letter.school)
    for _ in range(2):
        news.follow(clock.now())
    assert messages(cast, "new") == messages(cast, "receiver") == [news.CAME]
    assert len(rows(cast, "new")) == 1


def test_nobody_answers_within_three_school_days(cast):
    letter = received.make_letter(cast, TUESDAY)
    assert letter.late_at == TUESDAY + 3 * DAY  # Friday
    assert home_rows(cast, letter.late_at - MINUTE) == []
    (why,) = home_rows(cast, letter.late_at)
    assert received.THERE in why
    actions.accept(copy=letter, by=cast.users["receiver"], at=letter.late_at)
    assert home_rows(cast, letter.late_at) == []
    due_on = Referral.objects.get(pk=letter.referral_id).due_on
    assert due_on == date(2026, 11, 27) + rules.LOOK_AGAIN_DAYS * DAY
    assert len(rows(cast, "receiver", TUESDAY + 31 * DAY)) == 1


def test_over_a_holiday_the_sender_hears_of_it_all_the_same(cast):
    letter = received.make_letter(cast, datetime(2027, 2, 1, 10, tzinfo=TUESDAY.tzinfo))
    assert letter.late_at - letter.referral.sent_at <= rules.ANSWER_LONGEST_DAYS * DAY


# The child's school


def test_a_case_does_not_close_over_it_and_in_other_hands_it_goes_on(cast, letter):
    case = Case.objects.get()
    cases.note(case, kind="summary", words="好了")
    given = {"case": case, "by": case.owner, "outcome": "reached", "at": clock.now()}
    with pytest.raises(case_actions.CannotMove, match="open_letters"):
        case_actions.move(to="closed", **given)
    second = cases.second_counsellor(cast)
    case_actions.hand_over(case=case, by=case.owner, to=second, at=clock.now())
    assert take_back(cast, letter).status_code == 404
    given_up = {"by": cast.users["counsellor"], "to": rules.REVOKED, "words": "x"}
    with pytest.raises(AccessWithdrawn):
        referral_actions.move(referral=letter.referral, at=clock.now(), **given_up)
    actions.reject(copy=letter, by=cast.users["receiver"], words=ANSWER, at=clock.now())
    assert messages(cast, "second") == [news.ANSWERED]
    assert ANSWER in home_page(cast, letter, "second")
    assert case_actions.move(to="closed", **given | {"by": second}).closed_at


def test_a_counsellor_of_another_school_closes_the_case_and_an_answer_still_comes_home(
    cast, letter
):
    """A guest sees no letters and closes over them: the one who keeps cases at the child's school goes on."""
    case = Case.objects.get()
    leaver, guest = case.owner, received.far_counsellor(cast)
    Post.objects.filter(user=leaver).update(ends_on=timezone.localdate() - DAY)
    Case.objects.filter(pk=case.pk).update(
        owner=guest, state="closed", closed_at=clock.now(), closed_by=guest
    )
    assert page_of(cast, "receiver", letter).status_code == 200
    actions.reject(copy=letter, by=cast.users["receiver"], words=ANSWER, at=clock.now())
    second = cases.second_counsellor(cast)
    at = clock.now()
    assert [one.why for one in referral_queries.work_for(second, at)] != []
    assert ANSWER in home_page(cast, letter, "second")
    assert referral_queries.work_for(second, at) == []
    assert referral_queries.work_for(cast.users["principal"], at) == []


def test_a_letter_on_paper_still_waits_after_a_counsellor_of_another_school_closed_its_case(cast):
    """The clinic's answer comes by telephone, and somebody has to ask for it."""
    case, guest = cases.make_case(cast), received.far_counsellor(cast)
    sent = referrals.send(referrals.draft(cast, case))
    leaver, at = case.owner, clock.now()
    Post.objects.filter(user=leaver).update(ends_on=timezone.localdate() - DAY)
    Case.objects.filter(pk=case.pk).update(
        owner=guest, state="closed", closed_at=at, closed_by=guest
    )
    second = cases.second_counsellor(cast)
    late = at + timedelta(days=20)
    assert [one.key for one in referral_queries.work_for(second, late)] == [f"referral-{sent.pk}"]
    referral_actions.move(referral=sent, by=second, to="done", words=ANSWER, at=late)
    assert referral_queries.work_for(second, late) == []


def guest_keeps(cast: Cast, case: Case, at: datetime):
    """The case's counsellor has left; one of another school keeps the case."""
    guest = received.far_counsellor(cast)
    Post.objects.filter(user=case.owner).update(ends_on=timezone.localdate() - DAY)
    brief = Brief.objects.create(
        school=case.school,
        student=case.student,
        concern=case.concerns.get(),
        code="ABCDEF",
        state=Brief.State.ACCEPTED,
        language="dialect",
        reach="far",
        ground="harm",
        made_by=cast.users["principal"],
        made_at=at,
        late_at=at,
    )
    Engagement.objects.create(school=case.school, case=case, brief=brief, user=guest, from_at=at)
    Case.objects.filter(pk=case.pk).update(owner=guest)
    assert can_keep(guest, Case.objects.get(), at)


def test_while_a_counsellor_of_another_school_keeps_the_case_its_answers_reach_the_school(
    cast, letter
):
    """The guest may not read them, so nobody sends the guest there."""
    case, at = Case.objects.get(), clock.now()
    guest_keeps(cast, case, at)
    second = cases.second_counsellor(cast)
    actions.reject(copy=letter, by=cast.users["receiver"], words=ANSWER, at=at)
    assert messages(cast, "far_counsellor") == []
    assert messages(cast, "principal") == []
    assert messages(cast, "second") == [news.ANSWERED]
    assert ANSWER not in home_page(cast, letter, "far_counsellor")
    assert [one.why for one in referral_queries.work_for(second, at)] != []
    assert referral_queries.work_for(cast.users["principal"], at) == []
    assert ANSWER in home_page(cast, letter, "second")


@pytest.mark.parametrize("is_closed", [False, True])
def test_without_a_counsellor_the_principal_learns_that_there_is_an_answer(cast, letter, is_closed):
    """What it says may be what the child told in confidence: it needs a way into the case."""
    case, at, principal = Case.objects.get(), clock.now(), cast.users["principal"]
    guest_keeps(cast, case, at)
    if is_closed:
        Engagement.objects.update(ended_at=at, ending=Engagement.Ending.CLOSED)
        Case.objects.update(state="closed", closed_at=at, closed_by=cast.users["far_counsellor"])
    assert referral_queries.work_for(principal, at) == []
    answer(cast, "receiver", letter, "rejected", ANSWER)
    assert messages(cast, "principal") == [news.FOR_NOBODY]
    told = OutboxMessage.objects.get(user=principal, dedupe_key__startswith="referral")
    ask = reverse("counselling:case_emergency", args=[case.student_id])
    assert told.payload["path"] == ask
    sent = render(
        kind=told.kind, language="zh-hans", url="U", school="S", words=told.payload["words"]
    )
    assert "转介" in sent.body
    assert not [one for one in NAMES if one in sent.body]
    (row,) = referral_queries.work_for(principal, clock.now(), case.student)
    assert row.act_url == ask
    assert ANSWER not in home_page(cast, letter, "principal")
    for who in ("admin", "teacher", "far_counsellor"):
        assert messages(cast, who) == []
        assert referral_queries.work_for(cast.users[who], clock.now()) == []

    cases.emergency_reader(case, principal, clock.now())
    (row,) = referral_queries.work_for(principal, clock.now())
    assert row.act_url == reverse("counselling:referral", args=[letter.referral_id])
    assert ANSWER in home_page(cast, letter, "principal")
    assert referral_queries.work_for(principal, clock.now()) == []


@pytest.mark.parametrize("happens", ["late", "unattended"])
@pytest.mark.parametrize("is_closed", [False, True])
def test_without_a_counsellor_the_principal_learns_that_a_letter_gets_no_answer(
    cast, letter, happens, is_closed
):
    case, at, principal = Case.objects.get(), clock.now(), cast.users["principal"]
    guest_keeps(cast, case, at)
    if is_closed:
        Engagement.objects.update(ended_at=at, ending=Engagement.Ending.CLOSED)
        Case.objects.update(state="closed", closed_at=at, closed_by=cast.users["far_counsellor"])
    if happens == "late":
        ReferralCopy.objects.update(late_at=at)
    else:
        Post.objects.filter(school=letter.school).update(ends_on=timezone.localdate() - DAY)
    for _ in range(2):
        news.follow(at)
    told = [news.UNATTENDED_FOR_NOBODY] if happens == "unattended" else []
    assert messages(cast, "principal") == told
    (row,) = referral_queries.work_for(principal, clock.now(), case.student)
    assert row.act_url == reverse("counselling:case_emergency", args=[case.student_id])
    assert not [one for one in (received.THERE, *NAMES) if one in row.why]
    for who in ("admin", "teacher", "far_counsellor"):
        assert messages(cast, who) == []
        assert referral_queries.work_for(cast.users[who], clock.now()) == []
    cases.emergency_reader(case, principal, clock.now())
    (row,) = referral_queries.work_for(principal, clock.now())
    assert row.act_url == reverse("counselling:referral", args=[letter.referral_id])
    assert SAID in home_page(cast, letter, "principal")
    cases.second_counsellor(cast)
    assert referral_queries.work_for(principal, clock.now()) == []
    assert len(referral_queries.work_for(cast.users["second"], clock.now())) == 1


def test_without_a_counsellor_the_principal_learns_that_a_letter_on_paper_is_due(cast):
    case, at, principal = cases.make_case(cast), clock.now(), cast.users["principal"]
    sent = referrals.send(referrals.draft(cast, case))
    guest_keeps(cast, case, at)
    assert referral_queries.work_for(principal, at) == []
    (row,) = referral_queries.work_for(principal, at + timedelta(days=20))
    assert row.key == f"referral-{sent.pk}"
    assert sent.place_name not in row.why


def test_without_a_counsellor_the_principal_learns_that_a_letter_to_the_school_waits(cast):
    referrals.letter_to_us(cast)
    principal = cast.users["principal"]
    assert referral_queries.work_for(principal, clock.now()) == []
    Post.objects.filter(user=cast.users["counsellor"]).update(ends_on=timezone.localdate() - DAY)
    assert len(referral_queries.work_for(principal, clock.now())) == 1


def test_a_principal_who_may_not_hear_of_the_child_does_not_learn_of_an_answer(cast, letter):
    at, principal = clock.now(), cast.users["principal"]
    guest_keeps(cast, Case.objects.get(), at)
    by = cast.users["admin"]
    barriers.set_barrier(
        student=letter.referral.student, user=principal, reason="核实", by=by, at=at
    )
    answer(cast, "receiver", letter, "rejected", ANSWER)
    assert messages(cast, "principal") == []
    assert referral_queries.work_for(principal, clock.now()) == []


def test_an_answer_comes_home_although_its_former_counsellor_teaches_there_now(cast, letter):
    case, at = Case.objects.get(), clock.now()
    second = cases.second_counsellor(cast)
    Case.objects.update(state="closed", closed_at=at, closed_by=case.owner)
    Post.objects.filter(user=case.owner).update(role="school_admin")
    answer(cast, "receiver", letter, "rejected", ANSWER)
    assert messages(cast, "second") == [news.ANSWERED]
    assert [one.key for one in referral_queries.work_for(second, clock.now())] != []


def test_with_the_child_the_copy_goes_and_no_copy_of_the_data_holds_a_word_of_it(cast, letter):
    answer(cast, "receiver", letter, "accepted")
    page_of(cast, "receiver", letter)
    answer(cast, "receiver", letter, "done", ANSWER)
    child, at = letter.referral.student, clock.now()
    held = as_json(gather(child, [cast.adults["mother"]], at))
    assert not [word for word in (SAID, referrals.ASKS, ANSWER, received.THERE) if word in held]
    Case.objects.update(state="closed", closed_at=at, closed_by=cast.users["counsellor"])
    Concern.objects.update(closed_at=at, closed_by=cast.users["counsellor"])
    asked = familyview.ask_for_deletion(cast, at)
    DataRequest.objects.update(state="cleared", checked_at=at + MINUTE)
    assert erasing.erase(request=asked, by=cast.users["principal"], at=at)
    for model in (ReferralCopy, Referral, ReferralEntry):
        assert not model.objects.exists()
    assert page_of(cast, "receiver", letter).status_code == 404
    assert AccessRecord.objects.filter(user=cast.users["receiver"]).exists()


@pytest.mark.parametrize("step", ["read", "reject", "done", "home"])
def test_without_the_key_it_is_said_and_the_words_stay(cast, letter, settings, step):
    actions.accept(copy=letter, by=cast.users["receiver"], at=clock.now())
    if step == "reject":
        Referral.objects.filter(pk=letter.referral_id).update(state=rules.SENT)
    settings.NOTE_KEYS = [] if step == "reject" else [new_key()]
    response = {
        "read": lambda: page_of(cast, "receiver", letter),
        "reject": lambda: answer(cast, "receiver", letter, "rejected", ANSWER),
        "done": lambda: answer(cast, "receiver", letter, "done", ANSWER),
        "home": lambda: client_of(cast.users["counsellor"]).get(
            reverse("counselling:referral", args=[letter.referral_id])
        ),
    }[step]()
    assert response.status_code == (422 if step in ("reject", "done") else 200)
    text = response.content.decode()
    assert (ANSWER in text) == (step in ("reject", "done"))
    assert SAID not in text
    assert not ReferralEntry.objects.filter(to_state__in=(rules.DONE, rules.REJECTED)).exists()


def test_a_new_key_reaches_the_copy(cast, letter, settings):
    settings.NOTE_KEYS = [new_key(), *settings.NOTE_KEYS]
    rotation.rotate()
    before = letter.key_id
    letter.refresh_from_db()
    assert letter.key_id != before
    assert SAID in page_of(cast, "receiver", letter).content.decode()


def test_ten_letters_cost_what_one_costs(cast, letter, monkeypatch):
    monkeypatch.setattr("doors.staff.rail.KEPT_SECONDS", 3600)
    clients = [client_of(cast.users[who]) for who in ("receiver", "counsellor")]

    def costs() -> list[int]:
        cache.clear()
        found = []
        for client in clients:
            for address in (reverse("staff:today"), reverse("counselling:referral_list")):
                client.get(address)
                with CaptureQueriesContext(connection) as asked:
                    assert client.get(address).status_code == 200
                found.append(len(asked))
        return found

    ReferralCopy.objects.update(late_at=clock.now())
    before, case = costs(), Case.objects.get()
    for _ in range(9):
        made = received.draft_to(case, letter.school, parts=["carers"])
        received.send(made)
    ReferralCopy.objects.update(late_at=clock.now())
    assert costs() == before
