"""Messages of other systems: in words of the school, by the ways of every notice, never twice."""

from datetime import timedelta
from importlib import import_module
from uuid import uuid5

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from delivery.models import OutboxMessage
from notices import actions
from notices.for_systems.actions import end_text
from notices.for_systems.reported import SPACE
from notices.models import Notice, NoticeChild, SystemText
from schools.models import Post
from students.models import Barrier
from tests.api.conftest import message_of, send
from tests.factories.api import make_token, system
from tests.factories.notices import keep_text
from tests.factories.studies import classmate

PATH = "/api/v1/messages/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(cast):
    return system(make_token(cast, ("messages.write",)))


@pytest.fixture
def text(cast):
    return keep_text(cast)


def sent(client, body) -> dict:
    answer = send(client, PATH, body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def refusals(client, body) -> list[str]:
    answer = send(client, PATH, body)
    assert answer.status_code == 422, answer.content
    return [one["pointer"] for one in answer.json()["errors"]]


def go(minutes: int = 2) -> int:
    return actions.send_due(at=timezone.now() + timedelta(minutes=minutes))


def test_it_goes_as_a_notice_of_the_author_and_says_for_whom(cast, client, text):
    told = sent(client, message_of(cast, text))
    assert told == {"id": "bus-1", "state": "waiting", "students": 1} | {
        "families": None,
        "read": None,
    }
    notice = Notice.objects.get()
    assert (notice.author, notice.sent_for.name) == (cast.users["principal"], "API · 校门")
    assert (notice.title, notice.words, notice.kind) == (text.title, text.words, "read")
    assert go() == 1
    adults = OutboxMessage.objects.filter(kind="notice").values_list("adult", flat=True)
    assert cast.adults["mother"].pk in adults
    assert cast.adults["father"].pk not in adults  # he is blocked
    assert client.get(f"{PATH}bus-1/").json()["state"] == "sent"


def test_a_family_that_nobody_may_write_to_looks_as_every_other(cast, client, text):
    told = sent(client, message_of(cast, text))
    child = classmate(cast, 1)
    child.guardianships.all().delete()
    alone = sent(client, message_of(cast, text, child, id="bus-2"))
    assert alone == told | {"id": "bus-2"}
    assert go() == 2
    one, other = (client.get(f"{PATH}{name}/").json() for name in ("bus-1", "bus-2"))
    assert one | {"id": ""} == other | {"id": ""}


def test_sent_again_it_goes_once_by_whichever_token_of_the_system(cast, client, text):
    body = message_of(cast, text)
    sent(client, body)
    assert sent(client, body)["state"] == "waiting"
    renewed = system(make_token(cast, ("messages.write",)))
    sent(renewed, body)
    assert Notice.objects.count() == 1
    assert go() == 1
    assert go() == 0
    assert renewed.get(f"{PATH}bus-1/").json()["state"] == "sent"


def test_two_systems_may_use_the_same_id(cast, client, text):
    """Else the second one's message, in the same words on another day, would pass for the first one's."""
    sent(client, message_of(cast, text))
    Notice.objects.update(written_at=timezone.now() - timedelta(days=2))
    library = system(make_token(cast, ("messages.write",), name="图书角"))
    assert library.get(f"{PATH}bus-1/").status_code == 404
    sent(library, message_of(cast, text))
    assert Notice.objects.count() == 2
    sent(library, message_of(cast, keep_text(cast, title="还书"), cast.students["haitao"], id="2"))
    sent(client, message_of(cast, keep_text(cast, title="停运"), cast.students["haitao"], id="2"))


def test_a_message_sent_before_ids_were_a_systems_own_is_still_known(cast, client, text):
    body = message_of(cast, text)
    sent(client, body)
    old = uuid5(SPACE, f"{cast.school.pk}:bus-1")
    Notice.objects.update(key=old)
    steps = import_module("notices.migrations.0004_ids_of_a_system")
    steps.add_the_system(apps, None)
    sent(client, body)
    assert Notice.objects.count() == 1


def test_another_message_under_a_used_id_is_refused(cast, client, text):
    sent(client, message_of(cast, text))
    other = message_of(cast, text, cast.students["xiaobao"])
    assert refusals(client, other) == ["/id"]
    assert Notice.objects.count() == 1


def test_the_same_words_once_a_day_and_three_messages_at_most(cast, client, text):
    sent(client, message_of(cast, text))
    assert refusals(client, message_of(cast, text, id="bus-2")) == ["/students/0"]
    for number in (2, 3):
        other = keep_text(cast, title=f"第{number}条")
        sent(client, message_of(cast, other, id=f"bus-{number}"))
    fourth = keep_text(cast, title="第四条")
    assert refusals(client, message_of(cast, fourth, id="bus-4")) == ["/students/0"]
    sent(client, message_of(cast, fourth, cast.students["haitao"], id="bus-5"))


def test_brothers_and_sisters_are_one_family(cast, client, text):
    sister, brother = cast.students["mengyao"], cast.students["xiaobao"]
    sent(client, message_of(cast, text, sister))
    both = message_of(cast, text, cast.students["haitao"], brother, id="bus-2")
    assert refusals(client, both) == ["/students/1"]
    second, third = (keep_text(cast, title=title) for title in ("第二条", "第三条"))
    sent(client, message_of(cast, second, sister, brother, id="bus-2"))  # one message for both
    sent(client, message_of(cast, third, brother, id="bus-3"))
    fourth = keep_text(cast, title="第四条")
    assert refusals(client, message_of(cast, fourth, sister, id="bus-4")) == ["/students/0"]
    assert refusals(client, message_of(cast, fourth, brother, id="bus-4")) == ["/students/0"]


def test_a_shared_adult_who_is_blocked_makes_no_family(cast, client, text):
    sister, brother = cast.students["mengyao"], cast.students["xiaobao"]
    brother.guardianships.exclude(adult=cast.adults["father"]).delete()  # he is blocked
    sent(client, message_of(cast, text, sister))
    sent(client, message_of(cast, text, brother, id="bus-2"))


def test_what_a_colleague_took_back_is_stopped(cast, client, text):
    sent(client, message_of(cast, text))
    actions.take_back(notice=Notice.objects.get())
    assert go() == 0
    assert client.get(f"{PATH}bus-1/").json()["state"] == "stopped"
    assert not OutboxMessage.objects.filter(kind="notice").exists()


def test_what_a_colleague_stopped_cannot_be_deleted_or_changed_and_goes_under_no_repeat(
    cast, client, text
):
    body = message_of(cast, text)
    sent(client, body)
    notice = Notice.objects.get()
    author = Client(headers={"accept-language": "en"})
    author.force_login(cast.users["principal"], "django.contrib.auth.backends.ModelBackend")
    author.post(f"/notices/{notice.pk}/take-back/")
    page = author.get(f"/notices/{notice.pk}/preview/").content.decode()
    assert "Another system sent this" in page
    assert "Delete draft" not in page
    assert f"/notices/{notice.pk}/edit/" not in page
    answer = author.post(f"/notices/{notice.pk}/discard/", follow=True).content.decode()
    assert "It stays here" in answer
    assert author.get(f"/notices/{notice.pk}/edit/").status_code == 404
    assert not actions.discard(notice=notice)
    content = actions.Content(
        key=notice.key,
        kind="read",
        title="x",
        words="x",
        due_on=None,
        one_is_enough=True,
        scope="children",
        picked=[],
    )
    assert not actions.change(notice=notice, content=content, by=notice.author, at=timezone.now())
    assert sent(client, body)["state"] == "stopped"  # with a key of its own
    assert go() == 0
    assert Notice.objects.get().words == text.words
    assert not OutboxMessage.objects.filter(kind="notice").exists()


def test_texts_are_those_whose_author_answers_for_them(cast, client, text):
    def texts() -> list[str]:
        return [one["title"] for one in client.get("/api/v1/message-texts/").json()["texts"]]

    assert texts() == [text.title]
    Post.objects.filter(user=cast.users["principal"]).update(ends_on="2026-01-01")
    assert texts() == []
    assert refusals(client, message_of(cast, text)) == ["/text"]
    own = keep_text(cast, by="admin", title="食堂")
    assert texts() == ["食堂"]
    end_text(text=own, by=cast.users["admin"], at=timezone.now())
    assert refusals(client, message_of(cast, own)) == ["/text"]
    assert not Notice.objects.exists()


def test_no_words_of_its_own_and_no_child_of_another_school(cast, client, text):
    assert refusals(client, message_of(cast, text, words="hello")) == ["/words"]
    far = refusals(client, message_of(cast, text, cast.students["yuan"]))
    Barrier.objects.create(
        school=cast.school,
        student=cast.students["mengyao"],
        user=cast.users["admin"],
        reason="x",
        set_by=cast.users["principal"],
        set_at=timezone.now(),
    )
    assert refusals(client, message_of(cast, text)) == far == ["/students/0"]
    assert not Notice.objects.exists()


def test_counts_go_in_tens(cast, client, text):
    mates = [classmate(cast, number) for number in range(23)]
    sent(client, message_of(cast, text, *mates))
    go()

    def told(read: int) -> tuple:
        NoticeChild.objects.filter(student__in=mates[:read]).update(settled_at=timezone.now())
        told = client.get(f"{PATH}bus-1/").json()
        return told["students"], told["families"], told["read"]

    assert [told(read) for read in (0, 9)] == [(23, 20, None)] * 2
    assert [told(read) for read in (10, 11, 19)] == [(23, 20, 10)] * 3  # one more shows nowhere
    assert [told(read) for read in (20, 23)] == [(23, 20, 20)] * 2


def test_among_ten_a_family_that_nobody_may_write_to_looks_as_every_other(cast, client, text):
    mates = [classmate(cast, number) for number in range(20)]
    mates[10].guardianships.all().delete()
    sent(client, message_of(cast, text, *mates[:10]))
    sent(client, message_of(cast, text, *mates[10:], id="bus-2"))
    assert go() == 2
    one, other = (client.get(f"{PATH}{name}/").json() for name in ("bus-1", "bus-2"))
    assert one | {"id": ""} == other | {"id": ""}
    assert one["families"] == 10


def test_the_page_keeps_and_ends_a_text(cast):
    client = Client()
    client.force_login(cast.users["principal"], "django.contrib.auth.backends.ModelBackend")
    given = {"key": "6f1c0f4e-6f0e-4b8e-9d0e-3a1f5d2c7b90", "title": "校车", "words": "晚点了。"}
    for _time in range(2):
        assert client.post("/notices/texts/", given).status_code == 302
    (row,) = SystemText.objects.all()
    assert "晚点了。" in client.get("/notices/texts/").content.decode()
    client.post(f"/notices/texts/{row.pk}/end/")
    row.refresh_from_db()
    assert row.ended_by == cast.users["principal"]
