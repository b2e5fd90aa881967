"""What a child tells of itself and of a classmate: which adult hears it, and who learns who told."""

from datetime import timedelta

import pgtrigger
import pytest
from django.db import transaction
from django.test import Client

from delivery.models import OutboxMessage
from doors.staff import erasing
from guardians.models import Adult
from safeguarding import actions, policies, presenters, queries
from safeguarding.models import Concern, ConcernEntry, Teller
from tests.factories.concerns import AT, NIGHT

pytestmark = pytest.mark.django_db


def hurt(cast, *, at=AT, **said) -> Concern:
    facts = {"hurt_by": "", "whom": "", "words": "他们堵我", "key": "k"} | said
    return actions.tell_of_hurt(student=cast.students["mengyao"], at=at, **facts)


def worry(cast, classmate="xiaobao", **said) -> Concern:
    facts = {"is_urgent": False, "whom": "", "words": "他老是哭", "key": "k", "at": AT} | said
    known = cast.students[classmate] if classmate else None
    return actions.tell_of_classmate(student=cast.students["mengyao"], classmate=known, **facts)


def named(cast, who: str) -> int:
    return cast.users[who].pk


class TestHurt:
    @pytest.mark.parametrize(
        ("said", "first"),
        [
            ({"hurt_by": "child"}, "teacher"),
            ({"hurt_by": "adult"}, "counsellor"),
            ({"whom": "not_teacher"}, "counsellor"),
            ({"hurt_by": "adult", "whom": "class_teacher"}, "teacher"),
            ({"whom": "principal"}, "principal"),
        ],
    )
    def test_who_is_told_first_within_a_quarter_of_an_hour(self, cast, said, first):
        concern = hurt(cast, at=NIGHT, **said)
        assert concern.named_adult_id == named(cast, first)
        assert concern.due_at == NIGHT + timedelta(minutes=15)
        assert concern.needs_adult_now
        assert OutboxMessage.objects.get(kind="concern").user_id == named(cast, first)

    def test_what_goes_around_the_class_teacher_is_not_seen_by_them(self, cast):
        concern = hurt(cast, hurt_by="adult")
        assert not policies.can_handle(cast.users["teacher"], concern, AT.date())
        assert policies.can_handle(cast.users["counsellor"], concern, AT.date())

    def test_nobody_takes_it_and_it_climbs(self, cast):
        concern = hurt(cast, hurt_by="child")
        for first in ("counsellor", "principal"):
            concern.refresh_from_db()
            actions.climb_unacknowledged(concern.due_at + timedelta(seconds=1))
            concern.refresh_from_db()
            assert concern.named_adult_id == named(cast, first)

    def test_sent_twice_it_is_one(self, cast):
        assert hurt(cast).pk == hurt(cast).pk
        assert OutboxMessage.objects.filter(kind="concern").count() == 1

    def test_nobody_is_promised_any_more_once_an_adult_was_there(self, cast):
        concern, child = hurt(cast), cast.students["mengyao"]
        assert queries.latest_request(child) == concern
        by, words = cast.users["counsellor"], "放学后陪她回家"
        with_child = Concern.Closing.WITH_CHILD
        closed = actions.close(concern=concern, by=by, closing=with_child, words=words, at=AT)
        assert queries.latest_request(child) is None
        actions.reopen(concern=closed, by=by, words="又来了", at=AT)
        assert queries.latest_request(child) == concern

    @pytest.mark.parametrize(
        ("hurt_by", "words"), [("adult", "大人"), ("child", "别的孩子"), ("", "有人欺负")]
    )
    def test_the_adult_reads_who_it_is_and_what_happened(self, cast, client, hurt_by, words):
        concern = hurt(cast, hurt_by=hurt_by)
        client.force_login(cast.users["counsellor"])
        page = client.get(f"/concerns/{concern.pk}/").content.decode()
        assert words in page
        assert "他们堵我" in page


class TestClassmate:
    def test_the_concern_is_about_the_classmate_and_does_not_say_who_told(self, cast):
        concern = worry(cast)
        assert concern.student == cast.students["xiaobao"]
        assert concern.source == Concern.Source.PEER
        assert Teller.objects.get().student == cast.students["mengyao"]
        for words in (presenters.why(concern, {}), presenters.who_asks(concern, {})):
            assert "梦瑶" not in words

    def test_about_somebody_without_a_name_it_is_about_who_told(self, cast):
        concern = worry(cast, classmate=None)
        assert concern.student == cast.students["mengyao"]
        assert concern.source == Concern.Source.FOR_PEER
        assert not Teller.objects.exists()

    def test_sent_twice_it_is_one(self, cast):
        assert worry(cast).pk == worry(cast).pk
        assert Teller.objects.count() == 1

    @pytest.mark.parametrize(("is_urgent", "minutes"), [(True, 15), (False, 60)])
    def test_within_which_time(self, cast, is_urgent, minutes):
        assert worry(cast, is_urgent=is_urgent).due_at == AT + timedelta(minutes=minutes)

    def test_a_class_teacher_learns_who_told_once_they_have_taken_it(self, cast):
        concern, teacher = worry(cast), cast.users["teacher"]
        assert policies.can_handle(teacher, concern, AT.date())
        assert policies.teller_of(teacher, concern, AT.date()) is None
        taken = actions.acknowledge(concern=concern, by=teacher, at=AT)
        assert policies.teller_of(teacher, taken, AT.date()) == cast.students["mengyao"]

    def test_taken_by_another_the_class_teacher_does_not_learn_it(self, cast):
        taken = actions.acknowledge(concern=worry(cast), by=cast.users["counsellor"], at=AT)
        assert policies.teller_of(cast.users["teacher"], taken, AT.date()) is None
        assert policies.teller_of(cast.users["counsellor"], taken, AT.date())

    def test_whoever_is_blocked_in_the_family_of_who_told_does_not_learn_it(self, cast):
        concern = worry(cast, classmate="haitao")
        counsellor, on = cast.users["counsellor"], AT.date()
        assert policies.teller_of(counsellor, concern, on) == cast.students["mengyao"]
        Adult.objects.filter(pk=cast.adults["father"].pk).update(user=counsellor)
        assert policies.can_handle(counsellor, concern, on)
        assert policies.teller_of(counsellor, concern, on) is None

    def test_on_the_page_of_the_concern(self, cast, client):
        concern = worry(cast, words="")
        page = f"/concerns/{concern.pk}/"
        client.force_login(cast.users["teacher"])
        assert "梦瑶" not in client.get(page).content.decode()
        client.post(f"{page}acknowledge/")
        assert "是徐梦瑶告诉我们的" in client.get(page).content.decode()

    def test_the_classmate_s_own_page_says_nothing(self, cast):
        worry(cast)
        assert queries.latest_request(cast.students["xiaobao"]) is None
        assert queries.latest_request(cast.students["mengyao"]) is None

    def test_another_child_s_file_is_deleted_and_the_concern_stays(self, cast):
        concern = worry(cast)
        with transaction.atomic(), pgtrigger.ignore():
            erasing._erase(cast.students["mengyao"])
        assert Concern.objects.filter(pk=concern.pk).exists()
        assert not Teller.objects.exists()

    def test_the_child_s_own_file_is_deleted_and_who_told_is_forgotten(self, cast):
        worry(cast)
        with transaction.atomic(), pgtrigger.ignore():
            erasing._erase(cast.students["xiaobao"])
        assert not Teller.objects.exists()
        assert not Concern.objects.exists()


@pytest.mark.parametrize("who", ["mother", "blocked_father"])
def test_a_family_sees_none_of_it(cast, who):
    hurt(cast), worry(cast)
    client = Client()
    client.force_login(cast.users[who])
    for child in ("mengyao", "xiaobao"):
        page = client.get(f"/f/children/{cast.students[child].pk}/", follow=True)
        assert "老是哭" not in page.content.decode()
        assert "堵我" not in page.content.decode()


class TestNobodyAsked:
    """What was noticed without anybody asking is not put into the child's mouth."""

    @pytest.mark.parametrize("source", ["care_gap", "night", "survey", "family"])
    def test_the_page_says_what_happened_and_not_that_the_child_asked(self, cast, source):
        concern = Concern(student=cast.students["mengyao"], source=source)
        opened = ConcernEntry(concern=concern, kind=ConcernEntry.Kind.OPENED)
        said = presenters.entry_text(opened, concern, {})
        assert "梦瑶" not in said
        assert said == str(concern.get_source_display())
        assert presenters.who_asks(concern, {}) == ""

    def test_a_child_who_asked_is_named(self, cast):
        concern = Concern(student=cast.students["mengyao"], source=Concern.Source.PUPIL)
        opened = ConcernEntry(concern=concern, kind=ConcernEntry.Kind.OPENED)
        assert "梦瑶" in presenters.entry_text(opened, concern, {})
