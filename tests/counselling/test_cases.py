"""A case at the stable edge: who comes in, what is refused, and that nothing is lost or told."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessRecord, User
from counselling import timeline as counselling_timeline
from counselling import work as counselling_work
from counselling.cases import actions, emergency, policies
from counselling.cases import queries as case_queries
from counselling.models import Case, CaseReader, CaseSession, Note, NoteDraft
from delivery import texts
from delivery.models import OutboxMessage
from safeguarding.levels import triage
from schools.models import Post
from students import barriers
from tests.days import day_of
from tests.factories import cases
from tests.factories.cast import make_guardianship, make_student
from tests.factories.outbox import cause_at

pytestmark = pytest.mark.django_db
EVERYBODY = (
    "teacher next_teacher counsellor principal admin ended far_teacher village county superuser "
    "mother blocked_father second"
).split()


@pytest.fixture
def at():
    """An hour ago: before anything that a request writes."""
    return timezone.now() - timedelta(hours=1)


@pytest.fixture
def case(cast, at) -> Case:
    cases.second_counsellor(cast)
    return cases.make_case(cast, at)


def signed_in(cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who], backend="django.contrib.auth.backends.ModelBackend")
    return client


def block(cast, adult, user, at) -> None:
    adult.user, adult.blocked_at = user, at
    adult.blocked_reason, adult.blocked_by = "法院保护令", cast.users["second"]
    adult.save()


def url(name: str, case: Case, *more) -> str:
    return reverse(f"counselling:{name}", args=[case.pk, *more])


class TestFromConcernToCase:
    def test_the_concern_stays_open_until_an_adult_says_what_was_done(self, case):
        concern = cases.concern_of(case)
        assert (case.state, case.owner.username) == ("new", "counsellor")
        assert concern.closed_at is None
        assert [entry.kind for entry in case.entries.all()] == ["opened", "joined"]

    def test_taken_up_twice_or_with_a_second_concern_there_is_one_case(self, cast, case, at):
        again = actions.open_case(concern=cases.concern_of(case), by=case.owner, at=at)
        joined = cases.make_case(cast, at)
        assert again.pk == joined.pk == case.pk
        assert case.concerns.count() == 2
        assert case.entries.count() == 3

    def test_a_colleague_is_told_who_keeps_it_and_nothing_else(self, cast, case):
        cases.note(case)
        client = signed_in(cast, "second")
        response = client.post(url("take_up", cases.concern_of(case)))
        assert response.status_code == 409
        page = response.content.decode()
        assert "陈敏" in page
        assert cases.SAID not in page
        assert Case.objects.count() == 1

    def test_the_door_of_the_concern_leads_to_the_case_for_its_owner_alone(self, cast, case):
        address = url("detail", cases.concern_of(case))
        for who, sees in (("counsellor", True), ("second", False), ("principal", False)):
            page = signed_in(cast, who).get(address).content.decode()
            assert (url("case", case) in page) is sees


class TestWhoReads:
    def readers(self, cast, case) -> set[str]:
        found = set()
        for who in EVERYBODY:
            response = signed_in(cast, who).get(url("case", case))
            assert (cases.SAID in response.content.decode()) is (response.status_code == 200)
            if response.status_code == 200:
                found.add(who)
        return found

    def test_the_owner_alone(self, cast, case):
        cases.note(case)
        assert self.readers(cast, case) == {"counsellor"}
        assert AccessRecord.objects.count() == 1

    def test_and_whoever_is_let_in_until_the_day_is_over(self, cast, case, at):
        cases.note(case)
        leave = cases.reader(case, cast.users["principal"], at)
        assert self.readers(cast, case) == {"counsellor", "principal"}
        assert [one.user_id for one in AccessRecord.objects.order_by("pk")] == [
            cast.users["counsellor"].pk,
            cast.users["principal"].pk,
        ]
        CaseReader.objects.filter(pk=leave.pk).update(until_at=at - timedelta(seconds=1))
        assert self.readers(cast, case) == {"counsellor"}

    def test_let_in_is_reading_not_writing(self, cast, case, at):
        cases.reader(case, cast.users["second"], at)
        client = signed_in(cast, "second")
        assert client.get(url("case", case)).status_code == 200
        response = client.post(url("case_write", case, "note"), {"words": "x", "key": str(uuid4())})
        assert response.status_code == 404
        assert not Note.objects.exists()

    @pytest.mark.parametrize("who", ["counsellor", "principal"])
    @pytest.mark.parametrize("how", ["barred", "blocked", "post_over"])
    def test_nobody_reads_once_they_may_not_be_near_the_child(self, cast, case, at, who, how):
        cases.note(case)
        user = cast.users[who]
        if who == "principal":
            cases.reader(case, user, at)
        if how == "barred":
            barriers.set_barrier(
                student=case.student, user=user, reason="被举报", by=cast.users["second"], at=at
            )
        elif how == "blocked":
            adult = cast.adults["other_mother"]
            make_guardianship(case.student, adult, "aunt")
            block(cast, adult, user, at)
        else:
            Post.objects.filter(user=user).update(ends_on=day_of(at) - timedelta(days=1))
        assert who not in self.readers(cast, case)
        assert not policies.cases_visible_to(user, at).exists()

    def test_predicate_and_queryset_agree(self, cast, case, at):
        for who in EVERYBODY:
            user = cast.users[who]
            kept = policies.cases_kept_by(user, at).filter(pk=case.pk).exists()
            assert policies.can_keep(user, case, at) is kept
            assert kept is (who == "counsellor")

    def test_handed_over_the_former_owner_reads_nothing_more(self, cast, case, at):
        cases.note(case)
        signed_in(cast, "counsellor").post(
            url("case_hand_over", case), {"user": cast.users["second"].pk}
        )
        assert self.readers(cast, case) == {"second"}


class TestWriting:
    def post(self, cast, case, kind="session", **data):
        given = {"words": cases.SAID, "key": str(uuid4())} | data
        return signed_in(cast, "counsellor").post(url("case_write", case, kind), given)

    def test_the_same_form_twice_keeps_one_note_and_the_appointment_was_held(self, cast, case):
        appointment = cases.session(case)
        key = str(uuid4())
        for _ in range(2):
            assert self.post(cast, case, key=key, session=appointment.pk).status_code == 302
        assert Note.objects.count() == 1
        appointment.refresh_from_db()
        assert appointment.state == "held"

    def test_an_empty_note_is_refused_at_its_field(self, cast, case):
        assert self.post(cast, case, words=" \n").status_code == 422
        assert not Note.objects.exists()

    def test_the_draft_is_kept_shown_again_and_gone_with_the_note(self, cast, case):
        client = signed_in(cast, "counsellor")
        kept = client.post(url("case_draft", case, "session"), {"words": "写到一半"})
        assert kept.status_code == 200
        assert "写到一半" in client.get(url("case_write", case, "session")).content.decode()
        assert "写到一半" not in client.get(url("case_write", case, "note")).content.decode()
        self.post(cast, case)
        assert not NoteDraft.objects.exists()

    def test_a_draft_that_comes_after_its_note_leaves_nothing_half_written(self, cast, case):
        client, key = signed_in(cast, "counsellor"), str(uuid4())
        draft, words = url("case_draft", case, "session"), {"words": "写完了", "key": key}
        client.post(draft, words)
        assert NoteDraft.objects.count() == 1
        client.post(url("case_write", case, "session"), words)
        assert client.post(draft, words).status_code == 200
        assert not NoteDraft.objects.exists()
        client.post(draft, {"words": "另一条", "key": str(uuid4())})
        assert NoteDraft.objects.count() == 1

    def test_a_task_that_differs_from_the_first_try_is_kept(self, cast, case):
        client, key = signed_in(cast, "counsellor"), str(uuid4())
        due_on = (timezone.localdate() + timedelta(days=3)).isoformat()
        for words in ("给外婆打电话", "给外婆打电话", "给外婆打电话，问睡眠"):
            sent = {"words": words, "due_on": due_on, "key": key}
            assert client.post(url("case_task", case), sent).status_code == 302
        assert case.tasks.count() == 2

    def test_what_is_written_on_after_a_lost_answer_is_kept(self, cast, case):
        client, key = signed_in(cast, "counsellor"), str(uuid4())
        page, draft = (url(name, case, "session") for name in ("case_write", "case_draft"))
        for words in ("他今天说话了", "他今天说话了，还笑了", "他今天说话了，还笑了"):
            assert client.post(page, {"words": words, "key": key}).status_code == 302
        told = [actions.open_words(note) for note in Note.objects.order_by("at", "pk")]
        assert sorted(told) == ["他今天说话了", "他今天说话了，还笑了"]
        client.post(draft, {"words": "他今天", "key": key})  # typed before, but slower on the line
        assert not NoteDraft.objects.exists()
        client.post(draft, {"words": "他今天说话了，还问起妈妈", "key": key})
        assert actions.draft_words(case=case, by=case.owner, kind="session").endswith("妈妈")

    def test_two_tabs_of_a_draft_replace_nothing_unseen(self, cast, case):
        client, page = signed_in(cast, "counsellor"), url("case_write", case, "session")
        draft = url("case_draft", case, "session")

        def opened() -> dict[str, str]:
            form = client.get(page).context["form"]
            return {name: str(form[name].value()) for name in ("key", "instead_of")}

        def stored() -> str:
            return actions.draft_words(case=case, by=case.owner, kind="session")

        one, other = opened(), opened()
        for words in ("这里写", "这里写到一半"):  # its own earlier words are no other draft
            assert "草稿已存" in client.post(draft, one | {"words": words}).text
        for words in ("那里写", ""):
            answer = client.post(draft, other | {"words": words})
            assert "另一份草稿" in answer.text
            assert "草稿已存" not in answer.text
            assert stored() == "这里写到一半"
        third = opened()  # it has seen the draft and goes on with it
        client.post(draft, one | {"words": "这里写到一半。"})
        assert "另一份草稿" in client.post(draft, third | {"words": "接着写"}).text
        third = opened()
        assert "草稿已存" in client.post(draft, third | {"words": "接着写完"}).text
        assert "另一份草稿" in client.post(draft, one | {"words": "这里写到一半。再写"}).text
        note = other | {"words": "那里写完了"}
        assert client.post(page, note).status_code == 302
        assert stored() == "接着写完"  # a draft that the note does not hold
        assert client.post(page, third | {"words": "接着写完了"}).status_code == 302
        assert not NoteDraft.objects.exists()
        assert Note.objects.filter(case=case, kind="session").count() == 2

    def test_a_key_that_is_a_draft_of_another_case_changes_nothing_there(self, cast, case):
        client = signed_in(cast, "counsellor")
        other = cases.make_case(cast, student="xiaobao")
        key = str(uuid4())
        for one, words in ((other, "小宝的"), (case, "梦瑶的")):
            client.post(url("case_draft", one, "session"), {"words": words, "key": key})
            client.post(url("case_draft", one, "session"), {"words": words + "。", "key": key})
        for one, words in ((other, "小宝的。"), (case, "梦瑶的。")):
            assert actions.draft_words(case=one, by=one.owner, kind="session") == words

    def test_headings_nobody_wrote_under_are_no_draft(self, cast, case):
        client = signed_in(cast, "counsellor")
        page = client.get(url("case_write", case, "session"))
        headings = page.context["form"]["words"].value()
        assert headings.strip()
        client.post(url("case_draft", case, "session"), {"words": headings})
        assert not NoteDraft.objects.exists()

    def test_without_a_key_the_words_stand_in_the_form(self, cast, case, settings):
        settings.NOTE_KEYS = []
        response = self.post(cast, case)
        assert response.status_code == 422
        assert cases.SAID in response.content.decode()
        assert "NOTE_KEYS" in response.content.decode()

    def test_saved_while_the_case_went_into_other_hands_the_words_are_given_back(
        self, cast, case, at
    ):
        actions.hand_over(case=case, by=case.owner, to=cast.users["second"], at=at)
        response = self.post(cast, case)
        assert response.status_code == 409
        assert cases.SAID in response.content.decode()
        assert not Note.objects.exists()

    def test_no_copy_is_kept_on_the_way(self, cast, case):
        cases.note(case)
        for address in (url("case", case), url("case_write", case, "note")):
            response = signed_in(cast, "counsellor").get(address)
            assert "no-store" in response["Cache-Control"]


class TestMoving:
    def move(self, cast, case, to: str, **data):
        return signed_in(cast, "counsellor").post(url("case_move", case), {"to": to} | data)

    def test_from_new_to_closed_and_open_again(self, cast, case, at):
        ahead = (at + timedelta(days=28)).date().isoformat()
        assert self.move(cast, case, "assessed").status_code == 422
        cases.note(case, "assessment", at=at)
        assert self.move(cast, case, "assessed").status_code == 302
        cases.note(case, "goals", at=at)
        assert self.move(cast, case, "planned", review_on="2020-01-01").status_code == 422
        assert self.move(cast, case, "planned", review_on=ahead).status_code == 302
        appointment = cases.session(case, at)
        assert self.move(cast, case, "in_progress", review_on=ahead).status_code == 302
        cases.note(case, session=appointment)
        assert self.move(cast, case, "review").status_code == 302
        task = cases.task(case)
        cases.note(case, "summary", at=at)
        assert self.move(cast, case, "closed", outcome="reached").status_code == 422
        actions.settle_task(task=task, by=case.owner, is_dropped=False, at=at)
        assert self.move(cast, case, "closed").status_code == 422  # how did it end?
        assert self.move(cast, case, "closed", outcome="reached").status_code == 302
        case.refresh_from_db()
        assert (case.state, case.outcome, case.closed_by) == ("closed", "reached", case.owner)
        client = signed_in(cast, "counsellor")
        again = {"words": "又不说话了", "key": str(uuid4())}
        assert client.post(url("case_reopen", case), again).status_code == 302
        assert self.move(cast, case, "assessed").status_code == 422  # assessed again
        case.refresh_from_db()
        assert case.state == "reopened"

    def test_a_case_that_is_reopened_beside_an_open_one_is_refused(self, cast, case, at):
        cases.note(case, "summary", at=at)
        actions.move(case=case, by=case.owner, to="closed", outcome="moved", at=at)
        other = cases.make_case(cast, at)
        assert other.pk != case.pk
        client = signed_in(cast, "counsellor")
        again = {"words": "又不说话了", "key": str(uuid4())}
        assert client.post(url("case_reopen", case), again).status_code == 422
        case.refresh_from_db()
        assert case.state == "closed"


class TestWhatOthersSee:
    def titles(self, cast, who: str, case, at) -> list[str]:
        events = counselling_timeline.timeline(case.student, cast.users[who], at, 20)
        return [str(event.title) for event in events]

    def test_the_timeline_tells_of_support_only_where_the_owner_says_so(self, cast, case, at):
        support = "心理老师在支持这个孩子"
        assert support not in self.titles(cast, "teacher", case, at)
        signed_in(cast, "counsellor").post(url("case_teachers", case), {"may_know": "yes"})
        assert support in self.titles(cast, "teacher", case, at)
        signed_in(cast, "counsellor").post(url("case_teachers", case), {"may_know": "no"})
        assert support not in self.titles(cast, "teacher", case, at)

    def test_today_names_what_is_due_to_the_owner_alone_and_no_words(self, cast, case, at):
        cases.task(case, words="问问奶奶腿疼", at=at)
        own = counselling_work.work_for(cast.users["counsellor"], at)
        rows = [item for item in own if item.key.startswith("case-")]
        assert [item.act_url for item in rows] == [url("case", case)]
        assert "奶奶" not in rows[0].why
        for who in ("second", "principal", "teacher"):
            found = counselling_work.work_for(cast.users[who], at)
            assert not [item for item in found if item.key.startswith("case-")]


class TestEmergency:
    REASON = "孩子没有回家，要知道她会去哪里"

    def ask(self, cast, who: str, case: Case, **data):
        address = reverse("counselling:case_emergency", args=[case.student_id])
        given = {"reason": self.REASON, "key": str(uuid4())} | data
        return signed_in(cast, who).post(address, given)

    def test_reads_for_a_day_and_the_owner_is_told_at_once(self, cast, case, at):
        cases.note(case)
        key = str(uuid4())
        for _ in range(2):
            response = self.ask(cast, "principal", case, key=key)
            assert response.url == url("case", case)
        page = signed_in(cast, "principal").get(url("case", case)).content.decode()
        assert cases.SAID in page
        told = OutboxMessage.objects.get(
            user=case.owner, dedupe_key=f"emergency:{key}:{case.owner_id}"
        )
        assert told.payload["path"] == url("case", case)
        text = texts.render(
            kind=told.kind, language="zh-hans", url="U", school="S", words=told.payload["words"]
        )
        assert "紧急" in text.body
        assert case.student.name not in text.body
        owner = signed_in(cast, "counsellor").get(url("case", case)).content.decode()
        assert self.REASON in owner
        assert "马建国" in owner
        leave = CaseReader.objects.get()
        assert leave.is_emergency
        assert timedelta(hours=24) < leave.until_at - at < timedelta(hours=26)
        assert AccessRecord.objects.filter(what="case emergency").count() == 2

    @pytest.mark.parametrize("is_closed", [False, True])
    def test_if_the_owner_has_left_those_responsible_now_are_told(self, cast, case, at, is_closed):
        if is_closed:
            self.close(case, at)
        second = cast.users["second"]
        gone = timezone.localdate(at) - timedelta(days=1)
        Post.objects.filter(user=case.owner).update(starts_on=gone, ends_on=gone)
        self.ask(cast, "principal", case)
        told = OutboxMessage.objects.filter(dedupe_key__startswith="emergency:")
        (message,) = told
        assert message.user == second  # and neither the owner nor the reader
        page = signed_in(cast, "second").get(message.payload["path"])
        assert page.status_code == 200
        assert "马建国" in page.content.decode()
        text = texts.render(
            kind=message.kind,
            language="zh-hans",
            url="U",
            school="S",
            words=message.payload["words"],
        )
        assert "紧急" in text.body
        assert case.student.name not in text.body
        own = signed_in(cast, "principal").get(url("case", case)).content.decode()
        assert f"已经告诉{case.owner.name}" not in own
        assert "紧急查看，到" in own

    def test_nobody_is_told_who_may_not_hear_of_the_child(self, cast, case, at):
        second = cast.users["second"]
        User.objects.filter(pk=case.owner_id).update(is_active=False)
        barriers.set_barrier(
            student=case.student, user=second, reason="核实", by=cast.users["principal"], at=at
        )
        self.ask(cast, "principal", case)
        told = OutboxMessage.objects.filter(dedupe_key__startswith="emergency:")
        assert second.pk not in set(told.values_list("user", flat=True))

    def test_if_nobody_else_at_the_school_may_know_the_county_hears_the_fact_alone(
        self, cast, case, at
    ):
        Post.objects.filter(role="counsellor").update(
            starts_on=timezone.localdate(at) - timedelta(days=2),
            ends_on=timezone.localdate(at) - timedelta(days=1),
        )
        key = str(uuid4())
        for _ in range(2):
            self.ask(cast, "principal", case, key=key)
        told = OutboxMessage.objects.filter(dedupe_key__startswith="emergency:").order_by("user")
        assert {one.user.username for one in told} == {"county", "county_admin"}
        message = told[0]
        assert message.payload == {"path": "/", "words": emergency.TOLD_COUNTY}
        text = texts.render(
            kind=message.kind,
            language="zh-hans",
            url="U",
            school="S",
            words=message.payload["words"],
        )
        assert "紧急" in text.body
        assert cause_at(message, at) == ""

    def test_a_short_reason_that_says_it_is_one(self, cast, case):
        assert self.ask(cast, "principal", case, reason="孩子正在割腕").status_code == 302

    def test_opens_the_case_that_is_open_although_a_newer_one_is_closed(self, cast, case, at):
        newer = at + timedelta(minutes=5)
        self.close(case, at)
        self.close(cases.make_case(cast, newer), newer)
        actions.reopen(case=case, by=case.owner, words="又来了", at=newer, key=uuid4())
        assert self.ask(cast, "principal", case).url == url("case", case)

    def close(self, case: Case, at) -> None:
        cases.note(case, "summary", at=at)
        actions.move(case=case, by=case.owner, to="closed", outcome="reached", at=at)

    def test_without_a_reason_nobody_reads(self, cast, case):
        assert self.ask(cast, "principal", case, reason="急").status_code == 422
        assert signed_in(cast, "principal").get(url("case", case)).status_code == 404

    @pytest.mark.parametrize("who", ["teacher", "admin", "superuser", "village", "county"])
    def test_not_for_those_who_have_no_business_there(self, cast, case, who):
        assert self.ask(cast, who, case).status_code == 404
        assert not CaseReader.objects.exists()

    def test_at_night_it_stays_shut_for_whoever_is_blocked_from_the_child(self, cast, case, at):
        adult = cast.adults["other_mother"]
        make_guardianship(case.student, adult, "aunt")
        block(cast, adult, cast.users["principal"], at)
        assert self.ask(cast, "principal", case).status_code == 404
        assert not OutboxMessage.objects.filter(dedupe_key__startswith="emergency").exists()

    def test_a_child_without_notes_answers_the_same_until_one_has_said_why(self, cast, case):
        other = make_student(cast.school_class, "何静")
        address = reverse("counselling:case_emergency", args=[other.pk])
        assert signed_in(cast, "principal").get(address).status_code == 200
        given = {"reason": self.REASON, "key": str(uuid4())}
        assert signed_in(cast, "principal").post(address, given).status_code == 200
        assert AccessRecord.objects.filter(what="case emergency", student_id=other.pk).exists()


def test_the_words_of_a_note_are_found_nowhere_else(cast, case, caplog, at):
    """On no page of anybody else, in no log line, message, session or cache."""
    client = signed_in(cast, "counsellor")
    with caplog.at_level("DEBUG"):
        client.post(url("case_write", case, "note"), {"words": cases.SAID, "key": str(uuid4())})
        client.get(url("case", case))
        client.post(url("case_move", case), {"to": "nowhere", "words": cases.SAID})
    assert cases.SAID not in caplog.text
    assert not OutboxMessage.objects.filter(payload__icontains=cases.SAID).exists()
    assert not any(cases.SAID in str(cache.get(key)) for key in _cached())
    for who in ("teacher", "principal", "admin", "second"):
        browser = signed_in(cast, who)
        for address in (
            reverse("staff:today"),
            reverse("staff:child", args=[case.student_id]),
            reverse("counselling:list"),
            reverse("counselling:caseload"),
            url("detail", cases.concern_of(case)),
        ):
            assert cases.SAID not in browser.get(address).content.decode()


def _cached() -> list[str]:
    redis = cache._cache.get_client()  # type: ignore[attr-defined]
    return [key.decode().split(":", 2)[-1] for key in redis.keys("*")]


def test_a_case_of_ten_notes_asks_the_database_as_often_as_one_of_one(cast, case):
    client = signed_in(cast, "counsellor")
    cases.note(case, session=cases.session(case))
    cases.task(case)

    def count(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    pages = [url("case", case), reverse("counselling:caseload")]
    for_one = [count(page) for page in pages]
    for number in range(9):
        cases.note(case, session=cases.session(case))
        cases.task(case)
        student = make_student(cast.school_class, f"何静{number}")
        cast.students[f"more{number}"] = student
        cases.make_case(cast, student=f"more{number}")
    assert [count(page) for page in pages] == for_one
    assert CaseSession.objects.filter(state="held").count() == 10


class TestSecondPairOfEyes:
    """Where the school asks for it, a case closes only when somebody let in has agreed to its last words."""

    @pytest.fixture
    def asked(self, case):
        triage.set_spans(
            school=case.school, orange_hours=48, yellow_days=14, closing_is_agreed=True
        )

    def close(self, case, at):
        return actions.move(case=case, by=case.owner, to="closed", outcome="reached", at=at)

    def agree(self, cast, case, who) -> int:
        url = reverse("counselling:case_agree", args=[case.pk])
        note = case_queries.closing_words(case)
        return signed_in(cast, who).post(url, {"note": str(note.pk)}).status_code

    def test_words_that_nobody_has_read_are_not_agreed_to(self, cast, case, at, asked):
        first = cases.note(case, kind="summary", at=at)
        cases.reader(case, cast.users["principal"], at=at)
        cases.note(case, kind="summary", words="改了", at=timezone.now())
        with pytest.raises(actions.OtherWords):
            actions.agree_to_close(
                case=case, by=cast.users["principal"], note=str(first.pk), at=timezone.now()
            )
        page = signed_in(cast, "principal")
        page.post(reverse("counselling:case_agree", args=[case.pk]), {"note": str(first.pk)})
        assert not case_queries.is_agreed(case)

    def test_it_does_not_close_before_and_does_after(self, cast, case, at, asked):
        cases.note(case, kind="summary", at=at)
        with pytest.raises(actions.CannotMove):
            self.close(case, at)
        assert self.agree(cast, case, "counsellor") == 404
        assert self.agree(cast, case, "principal") == 404
        cases.reader(case, cast.users["principal"], at=at)
        page = signed_in(cast, "principal").get(reverse("counselling:case", args=[case.pk]))
        assert reverse("counselling:case_agree", args=[case.pk]) in page.content.decode()
        assert self.agree(cast, case, "principal") == 302
        assert self.close(case, timezone.now()).closed_at

    def test_later_words_ask_anew(self, cast, case, at, asked):
        cases.note(case, kind="summary", at=at)
        cases.reader(case, cast.users["principal"], at=at)
        self.agree(cast, case, "principal")
        cases.note(case, kind="summary", words="改了", at=timezone.now())
        with pytest.raises(actions.CannotMove):
            self.close(case, timezone.now())

    def test_a_week_without_an_answer_holds_no_case_up(self, cast, case, at, asked):
        cases.note(case, kind="summary", at=at)
        cases.reader(case, cast.users["principal"], at=at, days=30)
        with pytest.raises(actions.CannotMove):
            self.close(case, at + timedelta(days=6))
        cases.note(case, kind="summary", words="改了", at=at + timedelta(days=2))
        with pytest.raises(actions.CannotMove):  # they have had these words for five days
            self.close(case, at + timedelta(days=7, minutes=1))
        assert self.close(case, at + timedelta(days=9, minutes=1)).closed_at

    def test_who_could_read_for_two_days_has_left_nothing_unanswered(self, cast, case, at, asked):
        cases.note(case, kind="summary", at=at)
        cases.reader(case, cast.users["principal"], at=at, days=2)
        with pytest.raises(actions.CannotMove):
            self.close(case, at + timedelta(days=8))
        # Let in long before the words were written: the week counts from the words.
        cases.reader(case, cast.users["principal"], at=at + timedelta(days=8), days=8)
        cases.note(case, kind="summary", words="改了", at=at + timedelta(days=12))
        with pytest.raises(actions.CannotMove):
            self.close(case, at + timedelta(days=20))

    def test_today_says_so_to_the_second_person_until_they_have_agreed(self, cast, case, at, asked):
        def rows(who: str = "principal") -> list[str]:
            found = case_queries.case_work_for(cast.users[who], timezone.now())
            return [one.why for one in found if one.key.startswith("case-closing")]

        cases.reader(case, cast.users["principal"], at=at)
        assert rows() == []  # nothing to agree to yet
        cases.note(case, kind="summary", at=at)
        assert rows() == ["一位同事请您看看，是否同意结案。"]
        assert rows("counsellor") == rows("teacher") == []
        self.agree(cast, case, "principal")
        assert rows() == []
        cases.note(case, kind="summary", words="改了", at=timezone.now())
        assert len(rows()) == 1
        triage.set_spans(school=case.school, orange_hours=48, yellow_days=14)
        assert rows() == []

    def test_elsewhere_nobody_is_asked(self, cast, case, at):
        cases.note(case, kind="summary", at=at)
        assert self.close(case, timezone.now()).closed_at


def test_a_case_that_was_closed_early_ticks_no_step_that_it_did_not_take(cast, case, at):
    page = reverse("counselling:case", args=[case.pk])
    cases.note(case, "summary", at=at)
    actions.move(case=case, by=case.owner, to="closed", outcome="reached", at=at)
    steps = signed_in(cast, "counsellor").get(page).context["steps"]
    assert [one["is_done"] for one in steps] == [True, False, False, False, False, False]
    assert steps[-1]["is_now"]


def test_a_case_ticks_the_steps_it_took_since_it_was_opened_again(cast, case, at):
    page, client = reverse("counselling:case", args=[case.pk]), signed_in(cast, "counsellor")
    cases.note(case, "assessment", at=at)
    actions.move(case=case, by=case.owner, to="assessed", at=at)
    cases.note(case, "summary", at=at)
    actions.move(case=case, by=case.owner, to="closed", outcome="reached", at=at)
    assert [one["is_done"] for one in client.get(page).context["steps"]][:3] == [True, True, False]
    later = at + timedelta(minutes=5)
    actions.reopen(case=case, by=case.owner, words="又来了", at=later, key=uuid4())
    cases.note(case, "summary", at=later)
    actions.move(case=case, by=case.owner, to="closed", outcome="reached", at=later)
    assert [one["is_done"] for one in client.get(page).context["steps"]][:3] == [True, False, False]


def test_today_says_the_hour_of_an_appointment_and_asks_how_an_older_one_went(cast, case):
    now = timezone.localtime(timezone.now())
    ahead = now.replace(hour=15, minute=10, second=0, microsecond=0)
    (client, url) = signed_in(cast, "counsellor"), reverse("staff:today")
    cases.session(case)
    CaseSession.objects.update(starts_at=ahead)
    assert "15:10 约好了要见面" in client.get(url).content.decode()
    CaseSession.objects.update(starts_at=ahead - timedelta(days=3))
    day = f"{(ahead - timedelta(days=3)).month}月{(ahead - timedelta(days=3)).day}日"
    assert f"{day}约的谈话怎么样了" in client.get(url).content.decode()
    assert f"{day}约的谈话怎么样了" in client.get(reverse("counselling:caseload")).content.decode()


def test_a_refused_form_far_down_a_page_opens_there(cast, case):
    client = signed_in(cast, "counsellor")
    page = client.post(reverse("counselling:case_session", args=[case.pk]), {}).content.decode()
    assert page.count('role="alert" tabindex="-1" autofocus') == 1


def test_whoever_reads_anothers_case_is_told_for_how_long(cast, case, at):
    cases.reader(case, cast.users["next_teacher"], at)
    page = reverse("counselling:case", args=[case.pk])
    assert "请您看，到" in signed_in(cast, "next_teacher").get(page).content.decode()
    reason = {"reason": "孩子没有回家，要知道她会去哪里", "key": str(uuid4())}
    ask = reverse("counselling:case_emergency", args=[case.student_id])
    principal = signed_in(cast, "principal")
    principal.post(ask, reason)
    assert f"已经告诉{case.owner.name}" in principal.get(page).content.decode()
    assert "请您看，到" not in signed_in(cast, "counsellor").get(page).content.decode()
