"""What a family allows: rules, the one condition, the pages, the asking."""

import re
from datetime import timedelta
from html import unescape
from itertools import product
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from delivery.models import OutboxMessage
from guardians.actions import block_adult
from guardians.models import Adult, Guardianship
from privacy import actions, rules
from privacy import texts as privacy_texts
from privacy.family import family_lines
from privacy.models import Consent, Purpose
from privacy.policies import (
    adult_allows,
    askable,
    is_allowed,
    may_decide,
    students_allowing,
)
from privacy.queries import allowed_purposes, standings_of
from privacy.rules import Word
from privacy.texts import version_of
from students.models import Student
from tests.factories.accounts import say
from tests.factories.cast import (
    make_adult,
    make_guardianship,
    make_student,
)
from tests.factories.outbox import standing


@pytest.fixture
def at(db):
    return timezone.now()


@pytest.fixture
def parents(cast):
    """徐梦瑶's mother, and a father who is not blocked."""
    Adult.objects.filter(pk=cast.adults["father"].pk).update(
        blocked_at=None, blocked_reason="", blocked_by=None
    )
    return cast


def text_of(response):
    return unescape(re.sub(r"<[^>]+>", "", response.content.decode()))


YES, OLD_YES, NO, BACK = (
    Word("given", 2),
    Word("given", 1),
    Word("refused", 2),
    Word("withdrawn", 1),
)


@pytest.mark.parametrize(
    ("words", "photo", "village"),
    [
        ([], False, True),
        ([YES], True, True),
        ([OLD_YES], False, True),
        ([OLD_YES, YES], True, True),
        ([NO], False, False),
        ([BACK], False, False),
        ([YES, NO], False, False),
        ([YES, BACK], False, False),
        ([YES, YES], True, True),
    ],
)
def test_a_no_outweighs_and_a_yes_is_to_the_text_of_today(words, photo, village):
    assert rules.is_allowed(words, "photo", 2) is photo
    assert rules.is_allowed(words, "village", 2) is village


@pytest.mark.parametrize(
    ("word", "asked"), [(None, True), (OLD_YES, True), (YES, False), (NO, False), (BACK, False)]
)
def test_who_said_no_is_left_in_peace(word, asked):
    assert rules.is_to_be_asked(word, 2) is asked


SAID = (None, "given", "refused", "withdrawn")


@pytest.mark.parametrize(
    "purpose", [one for one in Purpose.values if one not in rules.OF_THE_ADULT]
)
@pytest.mark.parametrize(("mother", "father"), list(product(SAID, SAID)))
def test_the_condition_in_sql_says_what_the_rule_says(parents, at, purpose, mother, father):
    words = []
    for adult, decision in (("mother", mother), ("father", father)):
        if decision:
            Consent.objects.create(
                school=parents.school,
                adult=parents.adults[adult],
                student=parents.students["mengyao"],
                purpose=purpose,
                decision=decision,
                text_version=version_of(purpose),
                via="paper",
                at=at,
            )
            words.append(Word(decision, version_of(purpose)))
    expected = rules.is_allowed(words, purpose, version_of(purpose))
    child = parents.students["mengyao"]
    assert is_allowed(child, purpose, at) is expected
    assert (child in students_allowing(purpose)) is expected
    mine = standings_of([parents.adults["mother"]], timezone.localdate(at))
    shown = next(one for one in mine if one.student == child and one.purpose == purpose)
    assert shown.is_allowed is expected
    assert (purpose in allowed_purposes(child, timezone.localdate(at))) is expected


class TestWhoDecides:
    def test_the_latest_word_counts(self, cast, at):
        for decision, allowed in (("given", True), ("refused", False), ("given", True)):
            say(cast, "photo", decision)
            assert is_allowed(cast.students["mengyao"], "photo", at) is allowed

    def test_for_one_child_and_one_purpose_only(self, cast, at):
        say(cast, "photo", "given")
        assert not is_allowed(cast.students["xiaobao"], "photo", at)
        assert not is_allowed(cast.students["mengyao"], "voice", at)

    def test_a_carer_decides_only_where_it_is_on_record(self, cast, at):
        say(cast, "photo", "given", adult="grandmother")
        assert not is_allowed(cast.students["mengyao"], "photo", at)
        rows = Guardianship.objects.filter(adult=cast.adults["grandmother"])
        rows.update(may_decide=True)
        assert is_allowed(cast.students["mengyao"], "photo", at)

    @pytest.mark.parametrize("change", ["blocked", "ended", "not_deciding", "dead"])
    def test_whoever_no_longer_decides_allows_and_refuses_nothing(self, parents, at, change):
        child = parents.students["mengyao"]
        say(parents, "photo", "given")
        say(parents, "photo", "refused", adult="father")
        assert not is_allowed(child, "photo", at)
        father = parents.adults["father"]
        rows = Guardianship.objects.filter(adult=father)
        if change == "blocked":
            block_adult(adult=father, reason="法院", by=parents.users["principal"], at=at)
        elif change == "ended":
            rows.update(ends_on=timezone.localdate(at) - timedelta(days=1))
        elif change == "not_deciding":
            rows.update(may_decide=False)
        else:
            Adult.objects.filter(pk=father.pk).update(condition="dead")
        assert is_allowed(child, "photo", at)

    @pytest.mark.parametrize("condition", ["imprisoned", "missing", "no_contact"])
    def test_whoever_cannot_be_reached_is_asked_nothing_and_an_old_no_stands(
        self, parents, at, condition
    ):
        child, father = parents.students["mengyao"], parents.adults["father"]
        say(parents, "photo", "given")
        say(parents, "photo", "refused", adult="father")
        Adult.objects.filter(pk=father.pk).update(condition=condition)
        on = timezone.localdate(at)
        assert father.pk not in set(askable("photo", on).values_list("adult", flat=True))
        assert not may_decide([father.pk], child, on)
        assert not is_allowed(child, "photo", at)

    def test_a_new_text_asks_again_and_an_old_no_stands(self, parents, at, monkeypatch):
        child = parents.students["mengyao"]
        say(parents, "photo", "given")
        newer = privacy_texts.TEXTS["photo"].__class__(
            **{**vars(privacy_texts.TEXTS["photo"]), "version": 3}
        )
        monkeypatch.setitem(privacy_texts.TEXTS, "photo", newer)
        assert not is_allowed(child, "photo", at)
        mine = standings_of([parents.adults["mother"]], timezone.localdate(at))
        assert next(one for one in mine if one.purpose == "photo").is_to_be_asked
        say(parents, "photo", "given")
        assert is_allowed(child, "photo", at)

    def test_another_school_s_words_count_there_only(self, cast, at):
        say(cast, "photo", "given")
        assert list(students_allowing("photo")) == [cast.students["mengyao"]]


class TestTheOtherParent:
    """Whose place and travel days: each parent's own word about their own data."""

    def test_each_parent_for_themselves(self, parents):
        say(parents, "other_parent", "given")
        assert adult_allows(parents.adults["mother"])
        assert not adult_allows(parents.adults["father"])

    def test_for_a_child_only_where_all_parents_allow(self, parents, at):
        child = parents.students["mengyao"]
        say(parents, "other_parent", "given")
        assert not is_allowed(child, "other_parent", at)
        say(parents, "other_parent", "given", adult="father")
        assert is_allowed(child, "other_parent", at)
        say(parents, "other_parent", "refused")
        assert not is_allowed(child, "other_parent", at)
        assert not adult_allows(parents.adults["mother"])

    def test_a_blocked_parent_s_leave_shows_nothing(self, cast):
        say(cast, "other_parent", "given", adult="father")
        assert not adult_allows(cast.adults["father"])


def test_words_are_never_changed_or_deleted(cast):
    word = say(cast, "photo", "given")
    for act in (word.delete, lambda: Consent.objects.update(decision="refused")):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


class TestTheFamilysPages:
    LIST = "/f/privacy/consents/"

    @pytest.fixture
    def mother(self, client, cast):
        client.force_login(cast.users["mother"])
        return client

    def url(self, cast, child="mengyao", purpose="photo"):
        return f"{self.LIST}{cast.students[child].pk}/{purpose}/"

    def test_each_question_for_each_child_and_what_needs_none(self, mother, cast):
        page = mother.get(self.LIST)
        for child, purpose in product(("mengyao", "xiaobao"), ("photo", "voice", "village")):
            assert self.url(cast, child, purpose) in page.content.decode()
        assert "/f/privacy/consents/other_parent/" in page.content.decode()
        assert "未成年人保护法第 21—23 条" in text_of(page)
        assert not Consent.objects.exists()

    def test_yes_and_no_weigh_the_same(self, mother, cast):
        page = mother.get(self.url(cast)).content.decode()
        yes, no = re.findall(r"<button[^>]*name=\"decision\"[^>]*>", page)
        assert yes.replace("given", "") == no.replace("refused", "")
        assert 'class="btn"' not in page

    def test_a_word_and_its_receipt(self, mother, cast, at):
        key = uuid4()
        done = mother.post(self.url(cast), {"decision": "given", "key": key}, follow=True)
        word = Consent.objects.get()
        assert (word.receipt, word.via, word.text_version) == (
            key,
            "family_page",
            version_of(word.purpose),
        )
        assert str(key.hex[:4]).upper() in text_of(done)
        assert f"第 {word.text_version} 版" in text_of(done)
        assert "王芳" in text_of(done)
        assert is_allowed(cast.students["mengyao"], "photo", at)

    def test_the_same_form_twice_is_one_word(self, mother, cast):
        key = uuid4()
        for _tap in range(2):
            mother.post(self.url(cast), {"decision": "given", "key": key})
        assert Consent.objects.count() == 1

    def test_a_no_from_the_page_that_said_yes_counts(self, mother, cast, at):
        key = uuid4()
        for decision in ("given", "refused", "refused", "given"):
            mother.post(self.url(cast), {"decision": decision, "key": key})
        words = Consent.objects.order_by("pk").values_list("decision", flat=True)
        assert list(words) == ["given", "withdrawn"]
        assert not is_allowed(cast.students["mengyao"], "photo", at)

    def test_withdrawing_is_one_tap_like_giving(self, mother, cast, at):
        mother.post(self.url(cast), {"decision": "given", "key": uuid4()})
        mother.post(self.url(cast), {"decision": "refused", "key": uuid4()})
        assert Consent.objects.first().decision == "withdrawn"
        assert not is_allowed(cast.students["mengyao"], "photo", at)

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"decision": "given"},
            {"decision": "maybe", "key": str(uuid4())},
            {"decision": "given", "key": "x"},
        ],
    )
    def test_what_is_no_answer_is_said_and_nothing_written(self, mother, cast, data):
        page = mother.post(self.url(cast), data)
        assert page.status_code == 422
        assert 'class="field-error"' in page.content.decode()
        assert not Consent.objects.exists()

    def test_not_about_others_children_and_not_with_others_receipts(self, mother, cast):
        other = say(cast, "photo", "given", adult="other_mother", child="haitao")
        for url in (
            self.url(cast, "haitao"),
            self.url(cast, purpose="nonsense"),
            f"/f/privacy/receipts/{other.receipt}/",
            f"{self.LIST}photo/",
        ):
            assert mother.get(url).status_code == 404
            assert mother.post(url, {"decision": "given", "key": uuid4()}).status_code in (404, 405)
        stolen = {"decision": "refused", "key": other.receipt}
        assert mother.post(self.url(cast), stolen).status_code == 404
        assert Consent.objects.count() == 1

    def test_nor_with_the_receipt_of_a_brother_or_of_another_question(self, mother, cast):
        for given in ({"child": "xiaobao"}, {"purpose": "village"}):
            own = say(cast, **{"purpose": "photo", "decision": "given"} | given)
            taken = {"decision": "given", "key": own.receipt}
            assert mother.post(self.url(cast), taken).status_code == 404
        assert Consent.objects.count() == 2

    def test_a_carer_sees_the_page_and_decides_nothing(self, client, cast):
        grandmother = cast.adults["grandmother"]
        user = cast.users["other_mother"]
        Adult.objects.filter(user=user).update(user=None)
        Adult.objects.filter(pk=grandmother.pk).update(user=user)
        client.force_login(user)
        assert "其他监护人" in text_of(client.get(self.LIST))
        assert client.get(self.url(cast)).status_code == 404

    def test_the_same_number_of_queries_for_more_children(self, mother, cast):
        mother.get(self.LIST)
        with CaptureQueriesContext(connection) as few:
            mother.get(self.LIST)
        for number in range(8):
            child = make_student(cast.school_class, f"徐小{number}")
            make_guardianship(child, cast.adults["mother"], "mother")
            say_for(cast, child)
        with CaptureQueriesContext(connection) as many:
            mother.get(self.LIST)
        assert len(few) == len(many)


def say_for(cast, child: Student):
    return actions.record_consent(
        adult=cast.adults["mother"],
        student=child,
        purpose="photo",
        decision="given",
        via="paper",
        key=uuid4(),
        at=timezone.now(),
    )


class TestStaffWriteItDown:
    def url(self, cast):
        return f"/privacy/children/{cast.students['mengyao'].pk}/consents/"

    def data(self, cast, **more):
        given = {
            "adult": cast.adults["mother"].pk,
            "purpose": "photo",
            "decision": "given",
            "via": "paper",
            "key": uuid4(),
        }
        return given | more

    @pytest.fixture
    def teacher(self, client, cast):
        client.force_login(cast.users["teacher"])
        return client

    def test_signed_on_paper(self, teacher, cast, at):
        page = teacher.post(self.url(cast), self.data(cast), follow=True)
        word = Consent.objects.get()
        assert (word.via, word.recorded_by) == ("paper", cast.users["teacher"])
        assert "王芳" in text_of(page)
        assert is_allowed(cast.students["mengyao"], "photo", at)
        family = Client()
        family.force_login(cast.users["mother"])
        assert "已同意" in text_of(family.get("/f/privacy/consents/"))

    def test_another_answer_from_the_same_page_is_recorded_as_well(self, teacher, cast):
        said = self.data(cast)
        for more in ({}, {}, {"purpose": "village"}, {"decision": "refused"}):
            assert teacher.post(self.url(cast), said | more).status_code == 302
        rows = Consent.objects.order_by("pk").values_list("purpose", "decision")
        assert list(rows) == [("photo", "given"), ("village", "given"), ("photo", "withdrawn")]

    def test_not_for_a_carer_a_blocked_adult_or_online(self, teacher, cast):
        for wrong in (
            {"adult": cast.adults["grandmother"].pk},
            {"adult": cast.adults["father"].pk},
            {"via": "family_page"},
            {"decision": ""},
        ):
            assert teacher.post(self.url(cast), self.data(cast, **wrong)).status_code == 422
        assert not Consent.objects.exists()

    def test_the_family_is_asked_once_and_never_reminded(self, teacher, cast, at):
        url = f"{self.url(cast)}ask/"
        for _time in range(2):
            teacher.post(url, {"purpose": "photo"})
        later = at + timedelta(minutes=1)
        [message] = standing(later).values()
        assert message.adult_id == cast.adults["mother"].pk  # the father is blocked
        assert message.payload["path"] == "/f/privacy/consents/"
        assert OutboxMessage.objects.filter(dedupe_key__startswith="notice:consent").count() == 1
        assert "梦瑶" not in message.payload["words"]
        child = cast.students["mengyao"]
        adults = [cast.adults["mother"]]
        lines = family_lines([child.pk], adults, at)
        assert [line.is_due for line in lines[child.pk]] == [False]
        say(cast, "photo", "refused")
        assert standing(later) == {}  # answered before it went out
        assert family_lines([child.pk], adults, at) == {}

    def test_after_a_new_text_the_teacher_may_ask_again(self, teacher, cast, monkeypatch):
        told, ask = "已经问过家长", 'value="photo">问问家长'
        assert ask in teacher.get(self.url(cast)).content.decode()
        teacher.post(f"{self.url(cast)}ask/", {"purpose": "photo"})
        page = teacher.get(self.url(cast)).content.decode()
        assert told in page
        assert ask not in page
        today = privacy_texts.TEXTS["photo"]
        newer = today.__class__(**{**vars(today), "version": today.version + 1})
        monkeypatch.setitem(privacy_texts.TEXTS, "photo", newer)
        page = teacher.get(self.url(cast)).content.decode()
        assert told not in page
        assert ask in page

    def test_nobody_is_asked_by_itself(self, cast, at):
        assert not OutboxMessage.objects.exists()
        assert family_lines([cast.students["mengyao"].pk], [cast.adults["mother"]], at) == {}


def test_a_person_known_at_two_schools_answers_for_each_child_there(cast, client):
    twin = make_adult(cast.other_school, "王芳", "+8613893510001")
    Adult.objects.filter(pk=twin.pk).update(user=cast.users["mother"])
    make_guardianship(cast.students["yuan"], twin, "mother")
    client.force_login(cast.users["mother"])
    url = f"/f/privacy/consents/{cast.students['yuan'].pk}/voice/"
    client.post(url, {"decision": "given", "key": uuid4()})
    word = Consent.objects.get()
    assert (word.adult, word.school) == (twin, cast.other_school)
