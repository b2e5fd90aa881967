"""An officer of a county who wants a post at a school, or a county of one's own."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from core import spoken_codes as numbers
from schools import verifying
from schools.appointing import actions as appointing
from schools.appointing.apart import NotApart
from schools.founding import actions
from schools.founding.actions import Named
from schools.models import Post, PostOffer, School
from schools.roles import Role
from tests.factories import founding
from tests.factories.cast import Cast, make_cast, make_post, make_user
from tests.factories.factors import password_alone

pytestmark = pytest.mark.django_db
PATH = re.compile(r"(/accounts/first/[^\"\s<]+)")


@pytest.fixture
def cast(cast) -> Cast:
    founding.two_officers(cast)
    return cast


def signed_in(cast: Cast, key: str) -> Client:
    client = Client()
    client.force_login(cast.users[key])
    return client


def known(user: User, **more) -> User:
    for name, value in more.items():
        setattr(user, name, value)
    user.save()
    return user


@pytest.mark.parametrize("by", ["county", "county2"])
@pytest.mark.parametrize(
    "named",
    [
        Named("王志强", "county"),
        Named("王二", "x-1", "+8613909350777"),
        Named("王二", "139 0935 0777", "+8613909362000"),
        Named("王二", "x-1", "+8613909362000", "WANG@county.example"),
        Named("王二", "x-1", "+8613909362000", "wang+school@county.example"),
        Named("王二", "Wang@County.Example", "+8613909362000"),
    ],
    ids=["account", "phone", "sign-in", "mail", "mail with a plus", "sign-in is the mail"],
)
def test_no_officer_gets_a_post_at_a_school_by_whatever_account(cast, by, named):
    known(cast.users["county"], phone="+8613909350777", email="wang@county.example")
    about = {"named": named, "by": cast.users[by], "at": timezone.now()}
    with pytest.raises(NotApart):
        actions.name_administrator(school=founding.new_school(cast), **about)
    if named.username != "county":
        with pytest.raises(NotApart):
            actions.name_officer(county=cast.county, **about)
    assert not PostOffer.objects.exists()


def test_a_number_changed_for_an_hour_stays_its_owners(cast):
    officer, named = known(cast.users["county"], phone="+8613909350777"), founding.WHO
    known(officer, phone="+8613909350778")
    with pytest.raises(NotApart):
        actions.name_officer(
            county=cast.county,
            named=Named(named.name, named.username, "+8613909350777"),
            by=officer,
            at=timezone.now(),
        )


def test_a_second_account_of_the_same_person_does_not_agree(cast):
    offer = founding.ask(cast)
    known(cast.users["county2"], email="Same+2@county.example")
    known(cast.users["county"], email="same@county.example")
    page = signed_in(cast, "county2").post(reverse("founding:agree", args=[offer.pk]), follow=True)
    assert "另请一位" in page.content.decode()
    offer.refresh_from_db()
    assert offer.agreed_by is None
    assert not User.objects.filter(username=founding.WHO.username).exists()


def test_who_is_named_does_not_agree_by_another_account(cast):
    """A principal who is to be the administrator's second, under a name of their own."""
    school = founding.new_school(cast)
    principal = make_user("p-9", "丁校长", phone=founding.WHO.phone)
    make_post(principal, Role.PRINCIPAL, school=school)
    cast.users["p-9"] = principal
    offer = founding.ask(cast, school=school)
    signed_in(cast, "p-9").post(reverse("schools:agree_offer", args=[offer.pk]))
    offer.refresh_from_db()
    assert offer.agreed_by is None


def test_nobody_agrees_to_what_they_asked_for(cast):
    offer = founding.ask(cast)
    address = reverse("founding:agree", args=[offer.pk])
    assert signed_in(cast, "county").post(address).status_code == 404
    with pytest.raises(NotApart):
        appointing.agree(offer=offer, by=cast.users["county"], at=timezone.now())
    for key in ("county_admin", "principal", "admin", "counsellor", "far_teacher"):
        assert signed_in(cast, key).post(address).status_code == 404, key
        other = reverse("schools:agree_offer", args=[offer.pk])
        assert signed_in(cast, key).post(other).status_code == 404, key
    with pytest.raises(IntegrityError), transaction.atomic():
        PostOffer.objects.filter(pk=offer.pk).update(agreed_by=offer.asked_by)
    with pytest.raises(IntegrityError), transaction.atomic():
        PostOffer.objects.filter(pk=offer.pk).update(needs_second=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        PostOffer.objects.filter(pk=offer.pk).update(outcome="given", closed_at=timezone.now())


@pytest.mark.parametrize("of_school", [True, False])
def test_the_log_shows_a_post_that_nobody_agreed_to(cast, of_school):
    """Anyone who writes into the database that the second person agreed is found by the sealed log."""
    offer = founding.agree(cast, founding.ask(cast) if of_school else founding.ask_officer(cast))
    number, owner = numbers.number_of("offer", offer.salt), offer.user
    assert appointing.accept(offer=offer, number=number, by=owner, at=timezone.now())
    assert not [one for one in verifying.broken() if f"user {owner.pk} " in one]
    forged = (
        founding.ask(cast, school=founding.new_school(cast, "假小学", "13"))
        if of_school
        else founding.ask_officer(cast, named=Named("假人", "fake-1", "", "fake@x.example"))
    )
    second, at = cast.users["county2"], timezone.now()
    user = User.objects.create_user("fake-1" if not of_school else "fake-2", name="假人")
    PostOffer.objects.filter(pk=forged.pk).update(
        agreed_by=second, agreed_at=at, user=user, username=user.username, phone="", email=""
    )
    forged.refresh_from_db()
    number = numbers.number_of("offer", forged.salt)
    assert appointing.accept(offer=forged, number=number, by=user, at=at)
    assert [one for one in verifying.broken() if f"user {user.pk} " in one and "no second" in one]


def test_what_is_agreed_to_twice_is_agreed_to_once(cast):
    offer = founding.agree(cast, founding.ask(cast))
    assert not appointing.agree(offer=offer, by=cast.users["county2"], at=timezone.now())
    assert (
        signed_in(cast, "county2").post(reverse("founding:agree", args=[offer.pk])).status_code
        == 404
    )
    assert User.objects.filter(username=founding.WHO.username).count() == 1


@pytest.mark.parametrize("leaves", ["county", "county2"])
@pytest.mark.parametrize("is_agreed", [True, False])
def test_a_word_does_not_outlive_the_post_it_was_given_in(cast, leaves, is_agreed):
    offer = founding.ask(cast)
    if is_agreed:
        offer = founding.agree(cast, offer)
    slip = signed_in(cast, "county").post(reverse("founding:slip", args=[offer.pk]))
    path = PATH.search(slip.content.decode())[1] if is_agreed else ""
    yesterday = timezone.localdate() - timedelta(days=1)
    Post.objects.filter(user=cast.users[leaves]).update(ends_on=yesterday)
    if not is_agreed:
        address = reverse("founding:agree", args=[offer.pk])
        assert signed_in(cast, "county2").post(address).status_code == 404
        return
    said = {"number": numbers.number_of("offer", offer.salt), "password1": "quite a long phrase"}
    said |= {"password2": "quite a long phrase", "phone": founding.WHO.phone, "email": ""}
    assert Client().post(path, said).status_code == 410
    assert not Post.objects.filter(user=offer.user).exists()


def test_an_account_that_is_shut_says_nothing_any_more(cast):
    offer = founding.ask(cast)
    known(cast.users["county"], is_active=False)
    address = reverse("founding:agree", args=[offer.pk])
    assert signed_in(cast, "county2").post(address).status_code == 404


def test_the_officer_with_the_address_cannot_put_their_own_phone_there(cast):
    """The slip asks how its owner is reached: an officer who opens it leaves a trace that does not hold."""
    officer = known(cast.users["county"], phone="+8613909350777")
    offer = founding.agree(cast, founding.ask(cast))
    slip = signed_in(cast, "county").post(reverse("founding:slip", args=[offer.pk]))
    path = PATH.search(slip.content.decode())[1]
    said = {"number": numbers.number_of("offer", offer.salt), "password1": "quite a long phrase"}
    said |= {"password2": "quite a long phrase", "phone": officer.phone, "email": ""}
    page = Client().post(path, said)
    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["phone"]
    assert not User.objects.get(pk=offer.user_id).has_usable_password()
    assert not Post.objects.filter(user=offer.user).exists()


def test_what_is_posted_besides_changes_nothing(cast):
    """Names of fields that the form does not have: role, school, who asked, who agreed."""
    school = founding.new_school(cast)
    said = {
        "name": founding.WHO.name,
        "username": founding.WHO.username,
        "role": Role.PRINCIPAL,
        "school": cast.school.pk,
        "county": "",
        "asked_by": cast.users["county2"].pk,
        "agreed_by": cast.users["county2"].pk,
        "agreed_at": "2026-01-01",
        "needs_second": "",
        "is_demo": "on",
    }
    signed_in(cast, "county").post(reverse("founding:administrator", args=[school.pk]), said)
    offer = PostOffer.objects.get()
    assert (offer.role, offer.school, offer.asked_by) == (
        "school_admin",
        school,
        cast.users["county"],
    )
    assert (offer.agreed_by, offer.agreed_at, offer.needs_second) == (None, None, True)
    # There is no way to change what was agreed to: only to withdraw it and ask again.
    offer = founding.agree(cast, offer)
    page = reverse("founding:offer", args=[offer.pk])
    assert signed_in(cast, "county").post(page, said | {"name": "别人"}).status_code == 405
    offer.refresh_from_db()
    assert offer.name == founding.WHO.name


def test_the_number_of_a_schools_own_new_colleague_is_not_the_countys_to_write(cast):
    """Somebody whom a school has invited and who has not come in yet."""
    new = make_user("new-teacher", "祁新", phone="+8613909359777")
    new.set_unusable_password()
    new.save()
    make_post(new, Role.VILLAGE_WORKER, school=cast.school)
    said = {
        "name": "祁新",
        "username": "new-teacher",
        "phone": "13909359778",
        "email": "x@y.example",
    }
    school = founding.new_school(cast)
    signed_in(cast, "county").post(reverse("founding:administrator", args=[school.pk]), said)
    offer = founding.agree(cast, PostOffer.objects.get())
    new.refresh_from_db()
    assert (new.phone, new.email) == ("+8613909359777", "")
    slip = signed_in(cast, "county").post(reverse("founding:slip", args=[offer.pk]))
    assert slip.status_code == 302  # the school's own slip opens the account, nobody else's


def test_an_officer_to_be_holds_no_post_at_a_school(cast):
    teacher = cast.users["far_teacher"]
    with pytest.raises(NotApart):
        founding.ask_officer(cast, named=Named(teacher.name, teacher.username))
    # Nor one that was given between the asking and the accepting.
    helper = make_user("helper", "何帮", phone="+8613909359001")
    make_post(helper, Role.VILLAGE_WORKER, school=cast.school)
    Post.objects.filter(user=helper).update(ends_on=timezone.localdate() - timedelta(days=3))
    offer = founding.agree(cast, founding.ask_officer(cast, named=Named("何帮", "helper")))
    make_post(helper, Role.VILLAGE_WORKER, school=cast.other_school)
    number = numbers.number_of("offer", offer.salt)
    with pytest.raises(NotApart):
        appointing.accept(offer=offer, number=number, by=helper, at=timezone.now())
    cast.users["helper"] = helper
    page = signed_in(cast, "helper").post(
        reverse("staff:answer_offer", args=[offer.pk]), {"number": number}, follow=True
    )
    assert page.status_code == 200
    assert not Post.objects.filter(user=helper, role="county_officer").exists()


def test_the_owner_accepts_nothing_before_the_second_has_agreed(cast):
    teacher = cast.users["far_teacher"]
    offer = actions.name_administrator(
        school=founding.new_school(cast),
        named=Named(teacher.name, teacher.username),
        by=cast.users["county"],
        at=timezone.now(),
    )
    number = numbers.number_of("offer", offer.salt)
    assert not appointing.accept(offer=offer, number=number, by=teacher, at=timezone.now())
    address = reverse("staff:answer_offer", args=[offer.pk])
    assert signed_in(cast, "far_teacher").post(address, {"number": number}).status_code == 404


@pytest.mark.parametrize("name", ["founding:school", "founding:officer", "county:set_up"])
def test_a_password_alone_opens_none_of_it(cast, name):
    client = Client()
    password_alone(client, cast.users["county"])
    asked = [client.get(reverse(name))]
    if name != "county:set_up":
        asked.append(client.post(reverse(name), {}))
    for answer in asked:
        assert answer.status_code == 302
        assert answer.url == reverse("second_step")


def test_a_second_step_of_an_hour_ago_is_asked_for_again(cast):
    client = signed_in(cast, "county")
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()
    assert client.get(reverse("county:set_up")).status_code == 200
    said = {"name": "高峰", "username": "13909361002"}
    for answer in (
        client.get(reverse("founding:school")),
        client.post(reverse("founding:officer"), said),
    ):
        assert answer.status_code == 302
        assert "/accounts/" in answer.url
    assert not PostOffer.objects.exists()


def test_an_officer_sees_no_child_also_not_of_a_school_they_founded(cast):
    client = signed_in(cast, "county")
    for name, pk in (
        ("staff:child", cast.students["mengyao"].pk),
        ("staff:children", None),
        ("schools:staff", None),
        ("rosters:list", None),
        ("delivery:channels", None),
    ):
        assert client.get(reverse(name, args=[pk] if pk else [])).status_code == 404, name
    page = client.get(reverse("county:set_up")).content.decode()
    for child in cast.students.values():
        assert child.name not in page


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_once():
    """They found one school, name one administrator and end each other's posts: one of each succeeds."""
    cast = make_cast()
    founding.two_officers(cast)
    school = founding.new_school(cast)
    keys = ("county", "county2")

    def found(key: str) -> None:
        on = timezone.localdate()
        actions.found_school(county=cast.county, name="新小学", code="770077", on=on)

    def name(key: str) -> None:
        founding.ask(cast, by=key, school=school)

    def end(key: str) -> None:
        other = cast.users["county2" if key == "county" else "county"]
        post = Post.objects.get(user=other)
        actions.end_officer(post=post, by=cast.users[key], on=timezone.localdate())

    for act in (found, name, end):
        assert sorted(_at_once(act, keys)) == ["", "refused"], act.__name__
    assert School.objects.filter(code="770077").count() == 1
    assert PostOffer.objects.filter(school=school).count() == 1
    assert Post.objects.filter(role="county_officer", ends_on=None).count() == 1


def _at_once(act, keys) -> list[str]:
    ready, told = threading.Barrier(len(keys)), []

    def run(key: str) -> None:
        ready.wait()
        try:
            act(key)
            told.append("")
        except (actions.CodeTaken, actions.LastOfficer, appointing.AlreadyOffered):
            told.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[key]) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told
