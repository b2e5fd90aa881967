"""What one person gets that two must agree to, and what one school gets of another's families, by HTTP."""

from datetime import date
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from delivery.models import Invitation, OneTimeCode, OutboxMessage
from delivery.sign_in.codes import digits_of, slip_code
from guardians.models import Adult
from schools.models import Post
from schools.roles import Role
from tests.factories.cast import (
    Cast,
    make_adult,
    make_guardianship,
    make_post,
    make_user,
)
from tests.factories.threads import mother_writes

pytestmark = pytest.mark.django_db
NUMBER = "+8613893517001"
MOTHERS = "+8613893510001"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def mother_of_haitao(cast: Cast) -> Adult:
    """She has not signed in yet."""
    mother = make_adult(cast.school, "赵小兰", NUMBER)
    make_guardianship(cast.students["haitao"], mother, "mother")
    return mother


def codes_for(stranger: Client, phone: str) -> list[tuple[int, str]]:
    """(school over whose channel it goes, digits) of each code that this browser asks for."""
    stranger.post(reverse("family:sign_in"), {"phone": phone, "way": "code"})
    rows = OutboxMessage.objects.filter(kind="code").order_by("pk")
    return [
        (row.school_id, digits_of(OneTimeCode.objects.get(pk=row.payload["code"]))) for row in rows
    ]


def enter(client: Client, phone: str, code: str, who: Adult) -> None:
    page = client.post(reverse("family:sign_in_code"), {"phone": phone, "code": code})
    if page.status_code == 200:
        said = {"ticket": page.context["ticket"], "who": who.pk}
        client.post(reverse("family:who"), said)


def opens(client: Client, cast: Cast, key: str) -> bool:
    page = client.get(reverse("family:child", args=[cast.students[key].pk]))
    return page.status_code == 200


def test_a_post_that_ended_is_not_brought_back_by_one_person(cast):
    """A counsellor, before they administered, moved the last day of that post, and held it."""
    me = cast.users["admin"]
    old = make_post(me, Role.COUNSELLOR, school=cast.school, ends_on=date(2021, 1, 31))
    attacker = signed_in(me)
    attacker.post(reverse("staff:end_post", args=[old.pk]), {"ends_on": "2030-01-01"})
    old.refresh_from_db()
    assert old.ends_on == date(2021, 1, 31)
    assert attacker.get(reverse("counselling:list")).status_code == 404


def test_nor_is_a_planned_end_moved_out(cast):
    """Two had agreed on a counsellor until a day."""
    post = Post.objects.get(user=cast.users["counsellor"])
    Post.objects.filter(pk=post.pk).update(ends_on=date(2026, 12, 24))
    admin, where = signed_in(cast.users["admin"]), reverse("staff:end_post", args=[post.pk])
    assert admin.post(where, {"ends_on": "2030-01-01"}).status_code == 422
    assert admin.post(where, {"ends_on": "2026-12-18"}).status_code == 302
    post.refresh_from_db()
    assert post.ends_on == date(2026, 12, 18)


def test_handing_a_thread_to_oneself_is_no_way_to_read_it(cast):
    """Others' words are read with a reason that is written down."""
    thread = mother_writes(cast, "她晚上还咳嗽吗？").thread
    reader = signed_in(cast.users["principal"])
    page = reverse("threads:thread", args=[thread.pk])
    said = {"to": cast.users["principal"].pk, "key": str(uuid4()), "words": ""}
    where = reverse("threads:hand_over", args=[thread.pk])
    assert reader.post(where, said).status_code == 422
    assert "咳嗽" not in reader.get(page).content.decode()
    reader.post(reverse("threads:read", args=[thread.pk]), {"reason": "张老师生病了"})
    assert reader.post(where, said).status_code == 302
    assert "咳嗽" in reader.get(page).content.decode()


def test_no_account_of_staff_takes_a_familys_name(cast):
    """An administrator of anywhere made accounts called family-1, family-2, …: each parent with that number
    met a page that failed at the first sign-in, for good.
    """
    mother, phone = cast.adults["far_mother"], "+8613893510005"
    said = {"name": "无此人", "username": f"family-{mother.pk}", "role": "village_worker",
            "record_checked_on": "2026-10-20"}  # fmt: skip
    signed_in(cast.users["admin"]).post(
        reverse("schools:add_post"), said | {"starts_on": "2026-11-01", "village": "一组"}
    )
    assert User.objects.filter(username=f"family-{mother.pk}").exists()
    client = Client()
    ((_school, code),) = codes_for(client, phone)
    enter(client, phone, code, mother)
    assert opens(client, cast, "yuan")


def test_a_code_over_one_schools_channel_opens_no_other_schools_family(cast):
    """The number of a mother of elsewhere, written down at an adult of one's own school: the code came over
    one's own gateway, and "who are you?" offered both.
    """
    admin = make_user("far-admin", "何管理")
    make_post(admin, Role.SCHOOL_ADMIN, school=cast.other_school)
    victim, child = mother_of_haitao(cast), cast.students["yuan"]
    where = reverse("guardians:family_way_add", args=[child.pk, cast.adults["far_mother"].pk])
    assert signed_in(admin).post(where, {"kind": "phone", "address": NUMBER}).status_code == 302
    thief = Client()
    for school, code in codes_for(thief, NUMBER):
        if school == cast.other_school.pk:  # read on the way
            enter(thief, NUMBER, code, victim)
    assert not opens(thief, cast, "haitao")


def test_a_made_up_record_does_not_join_a_mothers(cast):
    """A class teacher of a school that sends no SMS wrote down an adult with a mother's name and number of
    elsewhere, printed the slip, typed the last digits and said yes: the account that this made took the
    mother's record along.
    """
    victim, attacker = mother_of_haitao(cast), signed_in(cast.users["far_teacher"])
    said = {
        "name": victim.name, "relation": "mother", "kind": "parent", "phone": NUMBER,
        "starts_on": "2026-11-01", "may_see_file": "yes",
    }  # fmt: skip
    attacker.post(reverse("guardians:family_add", args=[cast.students["yuan"].pk]), said)
    attacker.post(f"{reverse('staff:invitations')}?class={cast.far_class.pk}")
    slip = Invitation.objects.get(adult__name=victim.name, adult__school=cast.other_school)
    thief, where = Client(), reverse("family:invitation", args=[slip_code(slip.salt)])
    thief.post(where, {"phone": NUMBER})
    principal = make_user("far-principal", "何校长")
    make_post(principal, Role.PRINCIPAL, school=cast.other_school)
    for staff in (attacker, signed_in(principal)):  # who believes them
        staff.post(reverse("staff:claim", args=[slip.pk]), {"answer": "yes"})
    thief.post(where)
    assert opens(thief, cast, "yuan")
    assert not opens(thief, cast, "haitao")


def test_another_school_does_not_shut_a_mother_out(cast):
    """A made-up record of her name and number joined her account when she next signed in; blocked there, she
    was out at her own school, too.
    """
    principal = make_user("far-principal", "何校长")
    make_post(principal, Role.PRINCIPAL, school=cast.other_school)
    made_up = make_adult(cast.other_school, "王芳", MOTHERS)
    make_guardianship(cast.students["yuan"], made_up, "relative")
    mother = Client()
    for school, code in codes_for(mother, MOTHERS):
        if school == cast.school.pk:  # her own school's
            enter(mother, MOTHERS, code, cast.adults["mother"])
    assert opens(mother, cast, "mengyao")
    where = reverse("guardians:family_block", args=[cast.students["yuan"].pk, made_up.pk])
    said = {"reason": "没有这回事", "ground": "safeguarding", "decision": "无"}
    signed_in(principal).post(where, said | {"decided_on": "2026-11-01"})
    assert Adult.objects.get(pk=made_up.pk).is_blocked
    assert opens(mother, cast, "mengyao")


def test_a_mother_of_two_schools_joins_them_with_both_codes(cast):
    """Each school vouches for its own record; together they are one account."""
    hers = make_adult(cast.other_school, "王芳", MOTHERS)
    make_guardianship(cast.students["yuan"], hers, "mother")
    mother = Client()
    for _school, code in codes_for(mother, MOTHERS):
        enter(mother, MOTHERS, code, hers)
    assert opens(mother, cast, "mengyao")
    assert opens(mother, cast, "yuan")


def test_a_code_is_of_no_use_for_another_name(cast):
    """The session of one person takes no record of somebody else who has the same number."""
    other = make_adult(cast.other_school, "别人", MOTHERS)
    make_guardianship(cast.students["yuan"], other, "relative")
    mother = Client()
    for _school, code in codes_for(mother, MOTHERS):
        enter(mother, MOTHERS, code, other)
    assert opens(mother, cast, "yuan")
    assert not opens(mother, cast, "mengyao")
