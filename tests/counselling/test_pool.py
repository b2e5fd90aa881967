"""The shared queue: one child, one counsellor; nobody else of another school learns whose child it is."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from psycopg2.sql import SQL, Identifier

from accounts.models import AccessRecord, User
from counselling import actions as concerns
from counselling import rotation, secrecy
from counselling.cases import actions as case_actions
from counselling.cases import left as left_cases
from counselling.cases import pages as case_pages
from counselling.levels import triage
from counselling.models import (
    Brief,
    Case,
    CaseEntry,
    Concern,
    ConcernEntry,
    Engagement,
    Note,
    PoolMember,
)
from counselling.pool import actions as pool_actions
from counselling.pool import ends, policies, presenters, queries, rules
from counselling.pool import work as pool_work
from counselling.reports.policies import staff_to_name
from doors.family.readers import context as family_readers
from guardians.blocking import actions as blocking
from guardians.models import Adult, Guardianship
from schools.models import Post
from schools.roles import Role
from students import barriers
from tests.counselling.test_secrecy import new_key
from tests.factories import cases, pool, reports
from tests.factories.cast import Cast, make_cast, make_guardianship, make_post, make_user

pytestmark = pytest.mark.django_db
WORDS = ("马思源", "思源", "siyuan", "十八里堡", "四年级1班", "虎秀兰", "13893510005", "柴校长")


@pytest.fixture
def cast(cast: Cast) -> Cast:
    pool.make_pool(cast)
    return cast


@pytest.fixture
def brief(cast) -> Brief:
    return pool.make_brief(cast)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def shows(cast: Cast, who: str, address: str) -> str:
    return client_of(cast.users[who]).get(address).content.decode()


def opens(cast: Cast, who: str, brief: Brief) -> bool:
    return policies.briefs_open_to(cast.users[who], timezone.now()).filter(pk=brief.pk).exists()


def today(cast: Cast, who: str, at=None) -> list[str]:
    return [one.key for one in pool_work.work_for(cast.users[who], at or timezone.now())]


# Who may accept


def _leaves_the_pool(cast, brief):
    pool_actions.stop_offering(by=cast.users["guest"], at=timezone.now())


def _leaves_the_post(cast, brief):
    yesterday = timezone.localdate() - timedelta(days=1)
    Post.objects.filter(user=cast.users["guest"]).update(ends_on=yesterday)


def _is_suspected_elsewhere(cast, brief):
    reports.make_report(cast, users=[cast.users["guest"]])


def _is_barred(cast, brief):
    barriers.set_barrier(
        student=brief.student,
        user=cast.users["guest"],
        reason="核实",
        by=cast.users["far_principal"],
        at=timezone.now(),
    )


def _is_of_the_family(cast, brief):
    aunt = Adult.objects.create(school=brief.school, name="孙静", user=cast.users["guest"])
    make_guardianship(brief.student, aunt, "relative")


def _is_blocked_in_the_family(cast, brief):
    _is_of_the_family(cast, brief)
    aunt = Adult.objects.get(user=cast.users["guest"])
    by = cast.users["far_principal"]
    blocking.block_adult(adult=aunt, reason="法院", by=by, at=timezone.now())


def _works_at_that_school(cast, brief):
    make_post(cast.users["guest"], "counsellor", school=brief.school)


def _school_takes_it_back(cast, brief):
    by = cast.users["far_principal"]
    pool_actions.take_back(concern=brief.concern, by=by, at=timezone.now())


def _concern_is_closed(cast, brief):
    concerns.close(
        concern=brief.concern,
        by=cast.users["far_principal"],
        closing="answered",
        words="好了",
        at=timezone.now(),
    )


def _turns_red(cast, brief):
    by = cast.users["far_principal"]
    triage.set_level(concern=brief.concern, by=by, level="red", words="刀", at=timezone.now())


def _who_agreed_is_blocked(cast, brief):
    by = cast.users["far_principal"]
    adult = cast.adults["far_mother"]
    blocking.block_adult(adult=adult, reason="法院", by=by, at=timezone.now())


def _somebody_else_took_it(cast, brief):
    pool.accept(brief, cast.users["counsellor"])


KEPT_OUT = [
    _leaves_the_pool,
    _leaves_the_post,
    _is_suspected_elsewhere,
    _is_barred,
    _is_of_the_family,
    _is_blocked_in_the_family,
    _works_at_that_school,
    _school_takes_it_back,
    _concern_is_closed,
    _turns_red,
    _who_agreed_is_blocked,
    _somebody_else_took_it,
]


@pytest.mark.parametrize("happens", KEPT_OUT)
def test_who_may_not_accept_sees_nothing_and_hears_only_that_it_is_taken(cast, brief, happens):
    assert opens(cast, "guest", brief)
    happens(cast, brief)
    assert not opens(cast, "guest", brief)
    before = Engagement.objects.filter(user=cast.users["guest"]).count()
    with pytest.raises(pool_actions.Taken):
        pool.accept(brief, cast.users["guest"])
    assert Engagement.objects.filter(user=cast.users["guest"]).count() == before
    answer = client_of(cast.users["guest"]).post(reverse("counselling:brief", args=[brief.pk]))
    assert answer.status_code in (404, 409)
    own_school = {"十八里堡"} if happens is _works_at_that_school else set()
    assert not [word for word in {*WORDS} - own_school if word in answer.content.decode()]


@pytest.mark.parametrize(
    "happens", [_leaves_the_post, _is_suspected_elsewhere, _is_barred, _is_of_the_family]
)
def test_who_accepted_loses_the_child_at_once_and_the_school_hears_of_it(cast, brief, happens):
    case = pool.accept(brief, cast.users["guest"])
    address = reverse("counselling:case", args=[case.pk])
    assert client_of(cast.users["guest"]).get(address).status_code == 200
    happens(cast, brief)
    assert client_of(cast.users["guest"]).get(address).status_code == 404
    told = left_cases.work_for(cast.users["far_principal"], timezone.now())
    assert [one.key for one in told] == [f"left-{case.pk}"]


def test_a_counsellor_takes_no_more_than_they_said(cast, brief):
    guest, at = cast.users["guest"], timezone.now()
    pool_actions.offer(by=guest, county_id=cast.county.pk, capacity=1, at=at)
    pool.accept(brief, guest)
    second = pool.make_brief(cast, student="far0")
    with pytest.raises(pool_actions.Full):
        pool.accept(second, guest)
    assert opens(cast, "guest", second)
    assert "pool" not in today(cast, "guest")
    assert "pool" in today(cast, "counsellor")
    with pytest.raises(pool_actions.StillEngaged):
        pool_actions.stop_offering(by=guest, at=at)
    assert PoolMember.objects.filter(user=guest, ended_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_of_counsellors_who_accept_at_once_one_gets_the_child():
    """Four connections: two would do for the rule, more also meet a deadlock, were there one."""
    cast = make_cast()
    pool.make_pool(cast)
    for number in range(2):
        user = cast.users[f"more{number}"] = make_user(f"more{number}", f"何{number}")
        make_post(user, "counsellor", school=cast.school)
        at = timezone.now()
        pool_actions.offer(by=user, county_id=cast.county.pk, capacity=1, at=at)
    brief = pool.make_brief(cast)
    people = ["counsellor", "guest", "more0", "more1"]
    ready, outcomes = threading.Barrier(len(people)), {}

    def take(who: str) -> None:
        connection.ensure_connection()
        ready.wait()
        try:
            outcomes[who] = pool.accept(brief, cast.users[who])
        except Exception as error:
            outcomes[who] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(who,)) for who in people]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    kinds = sorted(type(one).__name__ for one in outcomes.values())
    assert kinds == ["Case", "Taken", "Taken", "Taken"]
    assert Case.objects.count() == Engagement.objects.count() == 1
    winner = next(who for who in people if isinstance(outcomes[who], Case))
    assert Case.objects.get().owner == cast.users[winner]
    assert pool.accept(brief, cast.users[winner]) == Case.objects.get()  # a second tap


# What is read before, and after


def test_before_one_accepts_nothing_of_a_child_stands_on_any_page(cast, brief, caplog):
    pages = shows(cast, "guest", reverse("counselling:pool"))
    one = shows(cast, "guest", reverse("counselling:brief", args=[brief.pk]))
    assert (pool.SAID in one, pool.SAID in pages) == (True, False)
    row = shows(cast, "guest", reverse("staff:today"))
    assert reverse("counselling:pool") in row
    told = pages + one + row + caplog.text
    assert not [word for word in WORDS if word in told]
    assert f"/{brief.concern_id}/" not in one + pages
    assert brief.code in one
    read = AccessRecord.objects.get(user=cast.users["guest"])
    assert (read.student_id, read.what) == (brief.student_id, pool_actions.READ_BRIEF)


def test_whoever_accepted_opens_this_child_and_nothing_else_of_the_school(cast, brief):
    case = pool.accept(brief, cast.users["guest"])
    page = shows(cast, "guest", reverse("counselling:case", args=[case.pk]))
    for word in (
        "马思源",
        "四年级1班",
        "虎秀兰",
        "+8613893510005",
        "柴校长",
        pool.SAID,
    ):
        assert word in page
    assert "夜里不睡" not in page  # the words of whoever worried are the school's
    assert reverse("staff:child", args=[case.student_id]) not in page
    guest = client_of(cast.users["guest"])
    other = pool.make_concern(cast)
    for name, key in [
        ("staff:child", case.student_id),
        ("counselling:detail", brief.concern_id),
        ("counselling:detail", other.pk),
        ("counselling:hand_on", brief.concern_id),
        ("counselling:referral_new", case.pk),
        ("counselling:report_new", case.student_id),
        ("counselling:case_emergency", case.student_id),
    ]:
        assert guest.get(reverse(name, args=[key])).status_code == 404
    assert guest.get(reverse("counselling:plan", args=[case.pk])).status_code == 200
    # Whom they may let in stands near this child; the school's other staff is not listed.
    teacher = make_user("third", "韩老师")
    make_post(teacher, "class_teacher", school=cast.other_school, school_class=cast.next_class)
    assert "韩老师" not in shows(cast, "guest", reverse("counselling:case", args=[case.pk]))
    assert shows(cast, "counsellor", reverse("counselling:pool")).count("马思源") == 0


def test_the_first_note_is_the_brief_and_the_brief_is_empty(cast, brief):
    case = pool.accept(brief, cast.users["guest"])
    brief.refresh_from_db()
    assert (brief.state, bytes(brief.sealed)) == ("accepted", b"")
    (note,) = case_actions.read_notes(case=case, by=case.owner, ip=None)[0]
    assert (note.words, note.note.author) == (pool.SAID, cast.users["far_principal"])
    assert rotation.rotate()["tampered"] == 0


@pytest.mark.parametrize("by_law", [False, True])
def test_nobody_of_the_family_reads_of_the_queue_whoever_agreed(cast, by_law):
    ground = {"ground": "harm", "ground_words": "打人的是家里人", "consent_by": None}
    brief = pool.make_brief(
        cast, **(ground | {"consent_how": "", "consent_on": None} if by_law else {})
    )
    shows(cast, "counsellor", reverse("counselling:brief", args=[brief.pk]))
    pool.accept(brief, cast.users["guest"])
    read = AccessRecord.objects.filter(user=cast.users["guest"], student_id=brief.student_id)
    assert read.get().school_id == brief.school_id
    days = family_readers(brief.student, timezone.now())["days"]
    names = [one["name"] for day in days for one in day["people"]]
    assert names == []


def test_at_the_school_only_safeguarding_reads_that_a_guest_was_there(cast, brief):
    shows(cast, "guest", reverse("counselling:brief", args=[brief.pk]))
    case = pool.accept(brief, cast.users["guest"])
    shows(cast, "guest", reverse("counselling:case", args=[case.pk]))
    for who, is_told in (("far_teacher", False), ("far_principal", True)):
        page = shows(cast, who, reverse("staff:readers", args=[brief.student_id]))
        assert ("孙静" in page) == is_told


def test_a_guest_phones_nobody_who_is_kept_from_the_child(cast, brief):
    case, at = pool.accept(brief, cast.users["guest"]), timezone.now()
    people = {}
    for who in ("gone", "barred", "blocked", "suspect"):
        user = people[who] = make_user(who, f"丁{who}")
        make_post(user, "counsellor", school=cast.other_school, is_duty=True)
        Concern.objects.filter(pk=brief.concern_id).update(named_adult=user)
        assert user in queries.colleagues_near(case, at)
    User.objects.filter(pk=people["gone"].pk).update(is_active=False)
    by = cast.users["far_principal"]
    barriers.set_barrier(student=case.student, user=people["barred"], reason="核实", by=by, at=at)
    aunt = Adult.objects.create(school=brief.school, name="丁", user=people["blocked"])
    make_guardianship(case.student, aunt, "relative")
    blocking.block_adult(adult=aunt, reason="法院", by=by, at=at)
    reports.make_report(cast, users=[people["suspect"]])
    for user in people.values():
        Concern.objects.filter(pk=brief.concern_id).update(named_adult=user)
        assert not {*people.values()} & {*queries.colleagues_near(case, at)}
    mother = Guardianship.objects.filter(student=case.student, adult=cast.adults["far_mother"])
    assert mother.get() in queries.family_to_phone(case, at)
    mother.update(may_see_file=False)
    assert mother.get() not in queries.family_to_phone(case, at)


def test_a_guest_reads_days_and_no_word_of_the_concerns(cast, brief):
    case = pool.accept(brief, cast.users["guest"])
    report = pool.make_concern(cast)
    Concern.objects.filter(pk=report.pk).update(source="report", case=case)
    guest = case_pages.case_context(case, cast.users["guest"], timezone.now(), None)["concerns"]
    assert [one["why"] for one in guest] == [""]


def test_why_the_law_allowed_it_outlives_the_acceptance_and_not_the_taking_back(cast):
    law = {
        "ground": "harm",
        "ground_words": "打人的是家里人",
        "consent_by": None,
        "consent_how": "",
        "consent_on": None,
    }
    accepted, back = pool.make_brief(cast, **law), pool.make_brief(cast, student="far0", **law)
    pool.accept(accepted, cast.users["guest"])
    accepted.refresh_from_db()
    assert ends.words_in(accepted) == {"words": "", "ground": "打人的是家里人"}
    assert rotation.rotate()["tampered"] == 0
    _school_takes_it_back(cast, back)
    back.refresh_from_db()
    assert bytes(back.sealed) == b""


def test_a_dump_of_the_database_tells_nothing_of_a_brief(cast):
    brief = pool.make_brief(
        cast,
        ground="harm",
        ground_words="打人的是家里人",
        consent_by=None,
        consent_how="",
        consent_on=None,
    )
    found = []
    with connection.cursor() as cursor:
        for model in (Brief, ConcernEntry, Engagement, Note):
            table = Identifier(model._meta.db_table)
            cursor.execute(SQL("SELECT t::text FROM {} t").format(table))
            found += [row[0] for row in cursor.fetchall()]
    assert brief.code in "".join(found)
    assert not [word for word in (pool.SAID, "打人") if word in "".join(found)]


# How it ends


def test_given_back_the_school_is_told_and_the_guest_reads_nothing_more(cast, brief):
    case = pool.accept(brief, cast.users["guest"])
    cases.note(case, words="他说想爸爸")
    guest = client_of(cast.users["guest"])
    address = reverse("counselling:case_give_back", args=[case.pk])
    assert guest.post(address, {"words": ""}).status_code == 422
    assert guest.post(address, {"words": "我下周住院"}).status_code == 302
    assert guest.get(reverse("counselling:case", args=[case.pk])).status_code == 404
    write = reverse("counselling:case_write", args=[case.pk, "note"])
    late = guest.post(write, {"words": "还没写完", "key": uuid4()})
    assert (late.status_code, "还没写完" in late.content.decode()) == (409, True)
    concern = shows(cast, "far_principal", reverse("counselling:detail", args=[brief.concern_id]))
    assert ("我下周住院" in concern, "他说想爸爸" in concern) == (True, False)
    assert ConcernEntry.objects.filter(kind="told", concern=brief.concern).count() >= 1
    # Another counsellor goes on with the same case, its notes and a new code.
    again = pool.make_brief(cast, concern=brief.concern)
    assert again.code != brief.code
    assert pool.accept(again, cast.users["counsellor"]) == case
    notes = case_actions.read_notes(case=case, by=cast.users["counsellor"], ip=None)[0]
    assert "他说想爸爸" in {one.words for one in notes}
    assert CaseEntry.objects.filter(case=case, kind="taken_over").count() == 1


@pytest.mark.parametrize("how", ["closed", "school", "handed_over"])
def test_access_ends_with_the_case_by_the_school_and_by_a_hand_over(cast, brief, how):
    case, at = pool.accept(brief, cast.users["guest"]), timezone.now()
    if how == "closed":
        cases.note(case, kind="summary", words="好了")
        close = {"to": "closed", "outcome": "reached"}
        answer = client_of(cast.users["guest"]).post(
            reverse("counselling:case_move", args=[case.pk]), close
        )
        assert answer["Location"] == reverse("counselling:pool")
    elif how == "school":
        pool_actions.take_back(concern=brief.concern, by=cast.users["far_principal"], at=at)
    else:
        own = make_user("own", "何老师")
        make_post(own, "counsellor", school=cast.other_school)
        case_actions.hand_over(case=case, by=cast.users["guest"], to=own, at=at)
    assert Engagement.objects.get().ending == how
    address = reverse("counselling:case", args=[case.pk])
    assert client_of(cast.users["guest"]).get(address).status_code == 404
    assert not shows(cast, "guest", reverse("counselling:pool")).count("马思源")


def _named_adult_is_there(cast, concern):
    Concern.objects.filter(pk=concern.pk).update(named_adult=cast.users["far_principal"])


def _school_has_closed_it(cast, concern):
    by = cast.users["far_principal"]
    concerns.close(concern=concern, by=by, closing="answered", words="好了", at=timezone.now())


def _nobody_is_named(cast, concern):
    Concern.objects.filter(pk=concern.pk).update(named_adult=None)


@pytest.mark.parametrize("how", ["given_back", "closed"])
@pytest.mark.parametrize("before", [_named_adult_is_there, _school_has_closed_it, _nobody_is_named])
def test_however_a_guest_ends_somebody_at_the_school_hears_of_it(cast, brief, before, how):
    case, at = pool.accept(brief, cast.users["guest"]), timezone.now()
    other = pool.make_concern(cast)
    Concern.objects.filter(pk=other.pk).update(case=case, closed_at=at)
    before(cast, brief.concern)
    last = ConcernEntry.objects.latest("pk").pk
    if how == "given_back":
        guest = cast.users["guest"]
        pool_actions.give_back(case=case, by=guest, words="我下周住院", at=at)
    else:
        _guest_closes(cast, case)
    new = ConcernEntry.objects.filter(pk__gt=last)
    assert new.filter(kind="told", about=cast.users["far_principal"]).count() == 1
    ended = new.filter(kind="given_back")
    assert {one.concern_id for one in ended} == {brief.concern_id, other.pk}
    said = "我下周住院" if how == "given_back" else ""
    assert ended.get(concern=brief.concern).words == said
    assert ended.get(concern=other).words == ""


def _guest_closes(cast: Cast, case: Case) -> None:
    cases.note(case, kind="summary", words="好了")
    case_actions.move(
        case=case, by=cast.users["guest"], to="closed", at=timezone.now(), outcome="reached"
    )


@pytest.mark.parametrize("who", ["own", "counsellor"])
def test_a_case_that_a_guest_closed_is_opened_again_by_whoever_comes_next(cast, brief, who):
    case, at = pool.accept(brief, cast.users["guest"]), timezone.now()
    _guest_closes(cast, case)
    if who == "own":
        own = cast.users["own"] = make_user("own", "何老师")
        make_post(own, "counsellor", school=cast.other_school)
        found = case_actions.open_case(concern=brief.concern, by=own, at=at)
    else:
        found = pool.accept(pool.make_brief(cast, concern=brief.concern), cast.users[who])
    assert found == case
    assert (found.state, found.closed_at, found.owner) == ("reopened", None, cast.users[who])
    assert len(case_actions.read_notes(case=found, by=found.owner, ip=None)[0]) >= 2


def test_a_joined_concern_takes_along_what_waits(cast, brief):
    into, by = pool.make_concern(cast, level="orange"), cast.users["far_principal"]
    triage.join(concern=brief.concern, into=into, by=by, at=timezone.now())
    brief.refresh_from_db()
    assert (brief.state, brief.concern) == ("waiting", into)
    assert opens(cast, "guest", brief)


def test_what_turns_urgent_while_it_waits_is_late_sooner(cast):
    concern, by = pool.make_concern(cast, level="yellow"), cast.users["far_principal"]
    brief = pool.make_brief(cast, concern=concern)
    before = brief.late_at
    triage.set_level(concern=concern, by=by, level="orange", words="更急", at=timezone.now())
    brief.refresh_from_db()
    assert brief.late_at < before


def test_when_the_school_takes_the_child_up_itself_nothing_waits_any_more(cast, brief):
    own = make_user("own", "何老师")
    make_post(own, "counsellor", school=cast.other_school)
    case_actions.open_case(concern=pool.make_concern(cast), by=own, at=timezone.now())
    assert not opens(cast, "guest", brief)
    brief.refresh_from_db()
    assert brief.state == "taken_back"
    with pytest.raises(pool_actions.Taken):
        pool.accept(brief, cast.users["guest"])
    # Also where it came to wait all the same.
    Brief.objects.filter(pk=brief.pk).update(state="waiting")
    assert not opens(cast, "guest", brief)


def test_who_has_just_accepted_is_not_sent_away_by_a_page_that_showed_it_waiting(cast, brief):
    address = reverse("counselling:hand_on", args=[brief.concern_id])
    principal, back = client_of(cast.users["far_principal"]), {"act": "take_back"}
    shown = principal.get(address).context["pool"]["seen"]
    pool.accept(brief, cast.users["guest"])
    principal.post(address, back | {"seen": shown})
    assert Engagement.objects.get().ended_at is None
    again = principal.get(address).context["pool"]["seen"]
    principal.post(address, back | {"seen": again})
    assert Engagement.objects.get().ending == "school"


def test_a_school_that_leaves_takes_back_what_waits_and_keeps_what_was_accepted(cast, brief):
    case = pool.accept(brief, cast.users["guest"])
    waiting = pool.make_brief(cast, student="far0")
    pool_actions.leave(school=brief.school, by=cast.users["far_principal"], at=timezone.now())
    waiting.refresh_from_db()
    assert (waiting.state, bytes(waiting.sealed)) == ("taken_back", b"")
    assert case_actions.policies.can_keep(cast.users["guest"], case, timezone.now())
    with pytest.raises(pool_actions.Refused) as refused:
        pool.make_brief(cast, student="far1")
    assert refused.value.why == rules.Refused.NOT_IN_POOL


def test_the_school_can_name_whoever_looked_after_the_child(cast, brief):
    case, by = pool.accept(brief, cast.users["guest"]), cast.users["far_principal"]
    assert cast.users["guest"] in staff_to_name(brief.student, by, timezone.localdate())
    reports.make_report(cast, by="far_principal", student="yuan", users=[cast.users["guest"]])
    assert not case_actions.policies.can_keep(cast.users["guest"], case, timezone.now())
    page = shows(cast, "far_principal", reverse("counselling:case_take_over", args=[case.pk]))
    assert reverse("counselling:hand_on", args=[brief.concern_id]) in page


# The school's side


@pytest.mark.parametrize(("level", "days"), [("orange", 1), ("yellow", 5)])
def test_a_brief_that_nobody_takes_comes_back_to_its_handler_and_principal(cast, level, days):
    at = timezone.now()
    brief = pool.make_brief(cast, concern=pool.make_concern(cast, level=level, at=at), at=at)
    assert days <= (brief.late_at - at).days <= rules.LONGEST_WAIT_DAYS[level]
    assert today(cast, "far_principal") == []
    assert today(cast, "far_principal", brief.late_at) == [f"pool-{brief.pk}"]
    assert today(cast, "far_teacher", brief.late_at) == []  # neither handler nor principal


def written(brief_key, **facts) -> dict:
    return {
        "key": brief_key,
        "troubles": ["sad"],
        "asks": ["phone"],
        "language": "standard",
        "reach": "far",
        "weekdays": ["2"],
        "words": "夜里常醒",
        "permission": "ground",
        "ground": "no_carer",
        "ground_words": "父母都联系不上",
        **facts,
    }


def test_nothing_goes_into_the_queue_that_was_not_looked_at(cast):
    concern, key = pool.make_concern(cast), uuid4()
    principal = client_of(cast.users["far_principal"])
    address = reverse("counselling:hand_on", args=[concern.pk])
    unseen = principal.post(address, written(key, act="send"))
    assert (unseen.status_code, Brief.objects.count()) == (200, 0)
    seen = unseen.context["form"]["seen"].value()
    changed = principal.post(address, written(key, act="send", seen=seen, words="别的话"))
    assert (changed.status_code, Brief.objects.count()) == (200, 0)
    for _ in range(2):
        assert principal.post(address, written(key, act="send", seen=seen)).status_code in (
            200,
            302,
        )
    assert Brief.objects.get().ground == "no_carer"


@pytest.mark.parametrize(
    "words", ["马思源夜里醒", "四年级的", "在十八里堡上学", "打13893510005", "找杨老师"]
)
def test_words_that_tell_are_refused_at_their_field_and_kept(cast, words):
    concern = pool.make_concern(cast)
    principal = client_of(cast.users["far_principal"])
    address = reverse("counselling:hand_on", args=[concern.pk])
    answer = principal.post(address, written(uuid4(), act="look", words=words))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["words"]
    assert words in answer.content.decode()


def test_red_waits_in_no_queue(cast):
    concern = pool.make_concern(cast, level="red")
    page = shows(cast, "far_principal", reverse("counselling:hand_on", args=[concern.pk]))
    assert "id_words" not in page
    with pytest.raises(pool_actions.Refused):
        pool.make_brief(cast, concern=concern)


def test_where_there_is_no_counsellor_whoever_is_on_duty_hands_on(cast):
    concern, address = pool.make_concern(cast), "counselling:hand_on"
    teacher = client_of(cast.users["far_teacher"])
    assert teacher.get(reverse(address, args=[concern.pk])).status_code == 404
    Post.objects.filter(user=cast.users["far_teacher"], role=Role.CLASS_TEACHER).update(
        is_duty=True
    )
    assert teacher.get(reverse(address, args=[concern.pk])).status_code == 200
    make_post(make_user("own", "何老师"), "counsellor", school=cast.other_school)
    assert teacher.get(reverse(address, args=[concern.pk])).status_code == 404


def test_the_named_adult_comes_from_today_to_the_concern_and_takes_nothing_back(cast):
    at, teacher = timezone.now() - timedelta(days=9), cast.users["far_teacher"]
    brief = pool.make_brief(cast, at=at)
    Concern.objects.filter(pk=brief.concern_id).update(named_adult=teacher)
    (row,) = pool_work.work_for(teacher, timezone.now())
    page = client_of(teacher).get(row.act_url)
    assert (page.status_code, brief.code in page.content.decode()) == (200, True)
    assert 'value="take_back"' not in page.content.decode()


def test_a_brief_tells_neither_days_nor_hours_nor_the_way(cast, brief):
    page = shows(cast, "guest", reverse("counselling:brief", args=[brief.pk]))
    assert presenters.way_words(brief) not in page
    assert presenters.weekday_words(brief.weekdays) not in page
    case = pool.accept(brief, cast.users["guest"])
    assert presenters.way_words(brief) in shows(
        cast, "guest", reverse("counselling:case", args=[case.pk])
    )


def test_without_a_key_nothing_is_written_and_a_concern_still_closes(cast, settings):
    concern, brief = pool.make_concern(cast, student="far0"), pool.make_brief(cast)
    settings.NOTE_KEYS = []
    with pytest.raises(secrecy.NoKey):
        pool.make_brief(cast, concern=concern)
    assert Brief.objects.count() == 1
    settings.NOTE_KEYS = [new_key()]
    answer = client_of(cast.users["guest"]).post(reverse("counselling:brief", args=[brief.pk]))
    assert (answer.status_code, Case.objects.count()) == (503, 0)
    settings.NOTE_KEYS = []
    _concern_is_closed(cast, brief)
    brief.refresh_from_db()
    assert (brief.state, bytes(brief.sealed)) == ("ended", b"")


def test_ten_in_the_queue_cost_as_many_queries_as_one(cast, brief):
    page, address = client_of(cast.users["guest"]), reverse("counselling:pool")
    page.get(address)
    with CaptureQueriesContext(connection) as one:
        page.get(address)
    for number in range(4):
        pool.make_brief(cast, student=f"far{number}")
    with CaptureQueriesContext(connection) as five:
        page.get(address)
    assert len(five) == len(one)
