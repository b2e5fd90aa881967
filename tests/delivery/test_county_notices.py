"""Who hears what of a post that a county asks for, and how often."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core import clock, spoken_codes
from delivery import dispatch, tasks
from delivery.models import ChannelAccount, OutboxMessage
from schools.appointing import actions as appointing
from schools.founding import actions
from schools.models import Post, PostOffer, School
from schools.roles import Role
from tests.factories import founding
from tests.factories.cast import Cast, make_post, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(cast) -> Cast:
    founding.two_officers(cast)
    third = cast.users["county3"] = make_user("county3", "邓三", email="deng@county.example")
    make_post(third, Role.COUNTY_OFFICER, county=cast.county)
    return cast


def kept() -> set[str]:
    tasks.queue_account_notices()
    return set(
        OutboxMessage.objects.filter(dedupe_key__startswith="county").values_list(
            "dedupe_key", flat=True
        )
    )


def about(username: str) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(user__username=username, kind="account"))


def test_the_other_officers_hear_of_every_step_and_each_once(cast):
    offer = founding.ask(cast)
    first = kept()
    assert {key.split(":")[3] for key in first} == {
        str(cast.users[key].pk) for key in ("county2", "county3")
    }
    offer = founding.agree(cast, offer)
    second = kept() - first
    assert {tuple(key.split(":")[2:4]) for key in second} == {
        ("agreed", str(cast.users[key].pk)) for key in ("county", "county3")
    }
    number = spoken_codes.number_of("offer", offer.salt)
    assert appointing.accept(offer=offer, number=number, by=offer.user, at=clock.now())
    third = kept() - first - second
    assert {tuple(key.split(":")[2:4]) for key in third} == {
        ("begun", str(cast.users[key].pk)) for key in ("county", "county2", "county3")
    }
    assert kept() == first | second | third
    rows = OutboxMessage.objects.filter(dedupe_key__startswith="county")
    assert {row.payload["address"] for row in rows if row.user == cast.users["county3"]} == {
        "deng@county.example"
    }
    for row in rows:
        said = row.payload["words"]
        assert not any(word in said for word in ("韩雪", "西靖", "王志强"))


def test_the_person_named_hears_of_it_before_the_post_begins(cast):
    offer = founding.ask(cast)
    tasks.queue_account_notices()
    assert about(founding.WHO.username) == []
    offer = founding.agree(cast, offer)
    tasks.queue_account_notices()
    rows = about(founding.WHO.username)
    assert {row.payload["address"] for row in rows} == {founding.WHO.phone, founding.WHO.email}
    assert {row.payload["words"] for row in rows} >= {"An account was made for you."}


def test_it_really_goes_out_to_officers_and_to_the_person_named(cast, sms, mail_server, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail_server.port
    founding.agree(cast, founding.ask(cast))
    tasks.queue_account_notices()
    dispatch.drain()
    sent = OutboxMessage.objects.filter(kind="account", state="accepted")
    told = {(row.user.username, row.payload["means"]) for row in sent}
    assert told == {
        (founding.WHO.username, "phone"),
        (founding.WHO.username, "email"),
        ("county", "phone"),
        ("county2", "phone"),
        ("county3", "email"),
    }
    reached = {address for one in mail_server.mails for address in one.rcpt_tos}
    assert reached == {founding.WHO.email, "deng@county.example"}
    tasks.queue_account_notices()
    count = len(mail_server.mails)
    dispatch.drain()
    assert len(mail_server.mails) == count


def test_a_refusal_and_an_end_are_told(cast):
    offer = founding.ask(cast)
    outcome = PostOffer.Outcome.REFUSED
    appointing.close(offer=offer, outcome=outcome, by=cast.users["county2"], at=clock.now())
    assert {key.split(":")[2] for key in kept()} == {"asked", "closed"}
    OutboxMessage.objects.all().delete()
    PostOffer.objects.all().delete()
    post = Post.objects.get(user=cast.users["county2"])
    actions.end_officer(post=post, by=cast.users["county"], on=timezone.localdate())
    ends = {key for key in kept() if key.startswith("county-end:")}
    assert {key.split(":")[3] for key in ends} == {
        str(cast.users[key].pk) for key in ("county", "county3")
    }
    assert any(row.payload["words"] == "One of your posts ends." for row in about("county2"))


def test_the_principal_of_the_school_hears_what_is_asked_for_there(cast):
    school = founding.new_school(cast)
    principal = make_user("p-9", "丁校长", phone="+8613909358001")
    make_post(principal, Role.PRINCIPAL, school=school)
    founding.ask(cast, school=school)
    tasks.queue_account_notices()
    assert len(about("p-9")) == 1
    assert about("principal") == []


def test_what_is_long_past_is_not_told(cast):
    offer = founding.ask(cast)
    PostOffer.objects.filter(pk=offer.pk).update(asked_at=timezone.now() - timedelta(days=9))
    assert kept() == set()


def test_it_goes_by_a_school_of_the_county_that_can_send(cast):
    ChannelAccount.objects.create(school=cast.other_school, kind="email", is_enabled=True)
    founding.ask(cast)
    tasks.queue_account_notices()
    rows = OutboxMessage.objects.filter(dedupe_key__startswith="county")
    assert {row.school for row in rows} == {cast.other_school}
    assert School.objects.filter(county=cast.county).count() == 3
