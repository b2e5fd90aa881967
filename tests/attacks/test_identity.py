"""Becoming somebody else: attacks by anyone who may appoint staff, by HTTP, over several steps."""

import re
from datetime import date

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import CredentialEvent, User
from core import spoken_codes as numbers
from delivery.models import OneTimeCode, OutboxMessage
from delivery.sign_in.codes import digits_of
from schools.models import PasswordReset, Post, PostOffer, School
from schools.roles import Role
from tests.factories import factors
from tests.factories.cases import make_case
from tests.factories.cast import PASSWORD, Cast, make_post, make_user

pytestmark = pytest.mark.django_db
ATTACKERS = "the attacker's own pass phrase"


@pytest.fixture
def cast(cast) -> Cast:
    """With an administrator, a principal and a counsellor's case at each end."""
    cast.users["far_admin"] = make_user("far-admin", "何管理")
    make_post(cast.users["far_admin"], Role.SCHOOL_ADMIN, school=cast.other_school)
    cast.users["far_principal"] = make_user("far-principal", "何校长")
    make_post(cast.users["far_principal"], Role.PRINCIPAL, school=cast.other_school)
    return cast


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def appoint(client: Client, *, name: str, username: str, role: str, **more) -> Client:
    said = {"name": name, "username": username, "role": role, "starts_on": "2026-11-01"} | more
    if role == Role.VILLAGE_WORKER:
        said |= {"record_checked_on": "2026-10-20"}
    return client.post(reverse("schools:add_post"), said)


ADDRESS = re.compile(r"https?://[^/\s]+(/accounts/[^\"\s<]+)")


def slip_addresses(client: Client, school: School) -> list[str]:
    """Every address with a password behind it that the pages of this school's staff give away."""
    found = []
    for post in Post.objects.filter(school=school):
        for name in ("invitation", "new_password"):
            for _try in range(3):  # asks, agrees to nothing, asks for the address
                page = client.post(reverse(f"schools:{name}", args=[post.pk]), follow=True)
                found += ADDRESS.findall(page.content.decode())
    return found


def pages_of_staff(client: Client, school: School) -> str:
    """All that an administrator is shown about people."""
    addresses = [reverse("schools:staff")]
    for post in Post.objects.filter(school=school):
        names = ("schools:reach", "schools:invitation", "schools:new_password", "staff:end_post")
        addresses += [reverse(name, args=[post.pk]) for name in names]
    offers = PostOffer.objects.filter(school=school)
    addresses += [reverse("schools:offer", args=[offer.pk]) for offer in offers]
    return "".join(client.get(address, follow=True).content.decode() for address in addresses)


def try_to_set_password(path: str) -> None:
    stranger = Client()
    page = stranger.get(path, follow=True)
    where = page.redirect_chain[-1][0] if page.redirect_chain else path
    said = {"password1": ATTACKERS, "password2": ATTACKERS, "phone": "", "email": ""}
    stranger.post(where, said)


def test_another_schools_counsellor_is_not_taken_over(cast):
    """An administrator became the counsellor of any school: "New member" with her name and sign-in, the slip
    of the post that this made, a new password, and her case page with its notes stood open.
    """
    case = make_case(cast)
    victim = cast.users["counsellor"]
    attacker = signed_in(cast.users["far_admin"])
    for role in (Role.COUNSELLOR, Role.SCHOOL_ADMIN, Role.VILLAGE_WORKER):
        appoint(attacker, name=victim.name, username=victim.username, role=role)
    for path in slip_addresses(attacker, cast.other_school):
        try_to_set_password(path)
    thief = Client()
    thief.post(reverse("account_login"), {"login": victim.username, "password": ATTACKERS})
    assert thief.get(reverse("counselling:case", args=[case.pk])).status_code != 200
    victim.refresh_from_db()
    assert victim.check_password(PASSWORD)
    assert not Post.objects.filter(user=victim, school=cast.other_school).exists()


def test_another_schools_phone_and_mail_are_neither_seen_nor_changed(cast):
    """Once bound by "New member", the other school read her phone, wrote its own e-mail over hers, and let
    "forgot the password" send the link there.
    """
    victim = cast.users["counsellor"]
    User.objects.filter(pk=victim.pk).update(phone="+8613893519876", email="chen@real.example")
    attacker = signed_in(cast.users["far_admin"])
    appoint(attacker, name=victim.name, username=victim.username, role=Role.VILLAGE_WORKER)
    seen = pages_of_staff(attacker, cast.other_school)
    assert "13893519876" not in seen
    assert "chen@real.example" not in seen
    for post in Post.objects.filter(school=cast.other_school):
        said = {"phone": "13800000000", "email": "thief@evil.example"}
        attacker.post(reverse("schools:reach", args=[post.pk]), said)
    said = {"email": "thief@evil.example", "username": victim.username, "means": "email"}
    Client().post(reverse("account_reset_password"), said)
    assert not [one for one in mail.outbox if "thief@evil.example" in one.to]
    assert not OneTimeCode.objects.filter(address="thief@evil.example").exists()
    victim.refresh_from_db()
    assert (victim.phone, victim.email) == ("+8613893519876", "chen@real.example")


def test_a_colleague_who_left_is_not_taken_over_by_the_post_that_ended(cast):
    """The page of the slip took any post of the school, one that had ended years ago, too; and given again,
    it bound the account of today.
    """
    left = cast.users["ended"]
    make_post(left, Role.PRINCIPAL, school=cast.other_school)
    attacker = signed_in(cast.users["admin"])
    for path in slip_addresses(attacker, cast.school):
        try_to_set_password(path)
    appoint(attacker, name=left.name, username=left.username, role=Role.VILLAGE_WORKER)
    for path in slip_addresses(attacker, cast.school):
        try_to_set_password(path)
    left.refresh_from_db()
    assert left.check_password(PASSWORD)
    assert not Post.objects.filter(user=left, school=cast.school, ends_on=None).exists()


def test_a_colleague_of_the_own_school_is_not_taken_over_by_one_person(cast):
    """A slip reset any password of the school, that of the principal and the counsellor, too."""
    attacker = signed_in(cast.users["admin"])
    for path in slip_addresses(attacker, cast.school):
        try_to_set_password(path)
    for key in ("counsellor", "principal", "teacher"):
        cast.users[key].refresh_from_db()
        assert cast.users[key].check_password(PASSWORD), key


def test_a_slip_opens_once_and_a_newer_one_ends_it(cast):
    """Each slip that was ever made stayed good for three days, whatever was made after it."""
    admin = signed_in(cast.users["admin"])
    appoint(admin, name="孙新", username="sun", role=Role.VILLAGE_WORKER, village="一组")
    post = Post.objects.get(user__username="sun")
    where = reverse("schools:invitation", args=[post.pk])
    lost, given = [ADDRESS.findall(admin.post(where).content.decode())[0] for _ in range(2)]
    try_to_set_password(lost)
    post.user.refresh_from_db()
    assert not post.user.has_usable_password()
    said = {"password1": "her own pass phrase", "password2": "her own pass phrase"}
    Client().post(given, said | {"phone": "13893510012"})
    try_to_set_password(given)
    try_to_set_password(lost)
    post.user.refresh_from_db()
    assert post.user.check_password("her own pass phrase")


def test_an_administrator_does_not_make_themselves_the_counsellor(cast):
    """One post given to oneself opened every concern of the school, and cases with it."""
    me = cast.users["admin"]
    attacker = signed_in(me)
    concerns = reverse("counselling:list")
    for role, more in (
        (Role.COUNSELLOR, {}),
        (Role.PRINCIPAL, {}),
        (Role.CLASS_TEACHER, {"school_class": cast.school_class.pk}),
    ):
        appoint(attacker, name=me.name, username=me.username, role=role, **more)
        for offer in PostOffer.objects.filter(role=role):
            attacker.post(reverse("schools:agree_offer", args=[offer.pk]))
        assert attacker.get(concerns).status_code == 404, role
    principal = signed_in(cast.users["principal"])
    offer = PostOffer.objects.get(role=Role.COUNSELLOR)
    principal.post(reverse("schools:agree_offer", args=[offer.pk]))
    assert attacker.get(concerns).status_code == 200
    assert CredentialEvent.objects.filter(user=me, kind="post_given", by=me).exists()


def test_a_second_account_of_ones_own_does_not_read_cases_either(cast):
    """A new name with the role of a counsellor came with its slip at once."""
    attacker = signed_in(cast.users["admin"])
    appoint(attacker, name="无此人", username="puppet", role=Role.COUNSELLOR)
    for path in slip_addresses(attacker, cast.school):
        try_to_set_password(path)
    thief = Client()
    thief.post(reverse("account_login"), {"login": "puppet", "password": ATTACKERS})
    assert thief.get(reverse("counselling:list")).status_code != 200
    assert not User.objects.filter(username="puppet").exists()


def test_one_person_with_two_posts_is_not_two_people(cast):
    """Of a small school the administrator is the principal, too: one person asked and agreed."""
    both = cast.users["admin"]
    make_post(both, Role.PRINCIPAL, school=cast.school)
    attacker, victim = signed_in(both), cast.users["counsellor"]
    post = Post.objects.get(user=victim)
    attacker.post(reverse("schools:new_password", args=[post.pk]))
    reset = PasswordReset.objects.get(user=victim)
    answer = attacker.post(reverse("schools:agree_reset", args=[reset.pk]))
    assert answer.status_code == 404
    for path in slip_addresses(attacker, cast.school):
        try_to_set_password(path)
    victim.refresh_from_db()
    assert victim.check_password(PASSWORD)


def test_neither_half_of_a_reset_is_enough(cast):
    """The address is with the one who asked, the number with the one who agreed; five guesses end it."""
    admin, principal = signed_in(cast.users["admin"]), signed_in(cast.users["principal"])
    victim = cast.users["teacher"]
    where = reverse("schools:new_password", args=[Post.objects.get(user=victim).pk])
    admin.post(where)
    reset = PasswordReset.objects.get(user=victim)
    principal.post(reverse("schools:agree_reset", args=[reset.pk]))
    number = numbers.number_of("reset", reset.salt)
    assert number in principal.get(reverse("schools:agreeing")).content.decode()
    page = admin.post(where).content.decode()
    assert number not in page
    path = ADDRESS.findall(page)[0]
    said = {"password1": ATTACKERS, "password2": ATTACKERS}
    for guess in range(numbers.ATTEMPTS):
        wrong = f"{(int(number) + 1 + guess) % 1_000_000:06d}"
        assert Client().post(path, said | {"number": wrong}).status_code == 422
    assert Client().post(path, said | {"number": number}).status_code == 410
    victim.refresh_from_db()
    assert victim.check_password(PASSWORD)


def test_one_of_two_schools_does_not_take_over_what_opens_the_other(cast):
    """For who works at two schools one school's administrator and principal together are not enough."""
    victim = cast.users["far_teacher"]
    make_post(victim, Role.VILLAGE_WORKER, school=cast.school)
    admin, principal = signed_in(cast.users["admin"]), signed_in(cast.users["principal"])
    post = Post.objects.get(user=victim, school=cast.school)
    admin.post(reverse("schools:new_password", args=[post.pk]))
    reset = PasswordReset.objects.get(user=victim)
    address = reverse("schools:agree_reset", args=[reset.pk])
    assert principal.post(address).status_code == 404
    assert signed_in(cast.users["far_principal"]).post(address).status_code == 404
    assert signed_in(cast.users["county_admin"]).post(address).status_code == 302
    reset.refresh_from_db()
    assert reset.agreed_by == cast.users["county_admin"]


def test_what_was_agreed_for_one_school_opens_no_second_one(cast):
    """Between the agreement and the slip the account came to hold a post elsewhere."""
    admin, principal = signed_in(cast.users["admin"]), signed_in(cast.users["principal"])
    victim = cast.users["teacher"]
    where = reverse("schools:new_password", args=[Post.objects.get(user=victim).pk])
    admin.post(where)
    reset = PasswordReset.objects.get(user=victim)
    principal.post(reverse("schools:agree_reset", args=[reset.pk]))
    path = ADDRESS.findall(admin.post(where).content.decode())[0]
    make_post(victim, Role.COUNSELLOR, school=cast.other_school)
    number = numbers.number_of("reset", reset.salt)
    said = {"password1": ATTACKERS, "password2": ATTACKERS, "number": number}
    assert Client().post(path, said).status_code == 410


def test_an_account_made_in_somebodys_name_does_not_get_her_post(cast):
    """Whoever knows that a counsellor is coming makes an account with her name and number before, and waits
    for the other school to give it her post.
    """
    thief = signed_in(cast.users["far_admin"])
    appoint(thief, name="陆老师", username="13893517777", role=Role.VILLAGE_WORKER)
    try_to_set_password(slip_addresses(thief, cast.other_school)[-1])
    puppet = User.objects.get(username="13893517777")
    assert puppet.check_password(ATTACKERS)
    admin = signed_in(cast.users["admin"])
    appoint(admin, name="陆老师", username="13893517777", role=Role.COUNSELLOR)
    offer = PostOffer.objects.get(user=puppet)
    signed_in(cast.users["principal"]).post(reverse("schools:agree_offer", args=[offer.pk]))
    inside = signed_in(puppet)
    number = numbers.number_of("offer", offer.salt)
    assert number not in inside.get(reverse("staff:account")).content.decode()
    for guess in range(numbers.ATTEMPTS):
        wrong = f"{(int(number) + 1 + guess) % 1_000_000:06d}"
        inside.post(reverse("staff:answer_offer", args=[offer.pk]), {"number": wrong})
    inside.post(reverse("staff:answer_offer", args=[offer.pk]), {"number": number})
    assert not Post.objects.filter(user=puppet, school=cast.school).exists()


def test_no_form_tells_who_has_an_account(cast):
    """Said the same of a colleague of elsewhere, a family, whoever runs the server, and a closed account."""
    attacker = signed_in(cast.users["admin"])
    User.objects.filter(pk=cast.users["village"].pk).update(is_active=False)
    answers = set()
    for key, name in (
        ("far_teacher", "别的名字"),
        ("mother", cast.users["mother"].name),
        ("superuser", cast.users["superuser"].name),
        ("village", cast.users["village"].name),
    ):
        username = cast.users[key].username
        page = appoint(attacker, name=name, username=username.upper(), role=Role.VILLAGE_WORKER)
        assert page.status_code == 422
        answers.add(tuple(page.context["form"].errors["username"]))
    assert len(answers) == 1
    cast.users["teacher"].email = "zhang@school.example"
    cast.users["teacher"].save()
    said = [ask_for_code(name) for name in ("teacher", "nobody-at-all", "family-mother")]
    assert said[0] == said[1] == said[2]
    assert OneTimeCode.objects.filter(user=cast.users["teacher"]).count() == 1


def ask_for_code(username: str, client: Client | None = None) -> str:
    """The page without what was typed and the token against forged requests."""
    said = {"username": username, "means": "email"}
    page = (client or Client()).post(reverse("account_reset_password"), said).content.decode()
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page).replace(username, "")
    return re.sub(r"CSRFToken\W+\w+", "", page)


def test_codes_are_guessed_five_times_and_asked_for_three_times_an_hour(cast):
    """Six digits without a limit are found in a night."""
    victim = cast.users["teacher"]
    User.objects.filter(pk=victim.pk).update(email="zhang@school.example")
    guesser = Client()
    for _ in range(10):
        ask_for_code("teacher", guesser)
    assert OneTimeCode.objects.filter(user=victim).count() == 3
    said = {"username": "teacher", "password1": ATTACKERS, "password2": ATTACKERS}
    for guess in range(6):
        answer = guesser.post(reverse("account_reset_code"), said | {"code": f"{guess:06d}"})
        assert answer.status_code == 422
    assert not OneTimeCode.objects.filter(user=victim, failed_attempts__lt=5).exists()
    row = OutboxMessage.objects.filter(user=victim, kind="code").first()
    assert row.payload["address"] == "zhang@school.example"


def test_allauths_own_ways_to_an_address_or_a_password_are_closed(cast):
    """An e-mail added on its page became the one to which a new password went; a family's account, which has
    no password, could set one.
    """
    User.objects.filter(pk=cast.users["mother"].pk).update(password="!")
    cast.users["mother"].refresh_from_db()
    family = signed_in(cast.users["mother"])
    said = {"password1": ATTACKERS, "password2": ATTACKERS}
    family.post("/accounts/password/set/", said)
    cast.users["mother"].refresh_from_db()
    assert not cast.users["mother"].has_usable_password()
    teacher = signed_in(cast.users["teacher"])
    teacher.post("/accounts/email/", {"email": "thief@evil.example", "action_add": ""})
    teacher.post("/accounts/email/", {"email": "thief@evil.example", "action_primary": ""})
    Client().post(reverse("account_reset_password"), {"email": "thief@evil.example"})
    assert not [one for one in mail.outbox if "thief@evil.example" in one.to]


def test_a_password_alone_changes_no_way_to_its_owner(cast):
    """Before: the one who knew the password of an account that had not set up its second step could put their
    own phone and e-mail there, and had the code for the next password sent to themselves.
    """
    user = cast.users["counsellor"]
    thief = Client()
    factors.password_alone(thief, user)
    said = {"phone": "13800138000", "email": "thief@evil.example", "password": PASSWORD}
    answer = thief.post(reverse("staff:account"), said)
    assert answer.status_code == 302
    assert answer["Location"] == reverse("second_step")
    user.refresh_from_db()
    assert user.email != "thief@evil.example"


def test_a_stranger_does_not_use_up_somebodys_hour(cast):
    """Three requests from anywhere, and the owner of a forgotten password got no code for an hour, nor with
    six for a day.
    """
    victim = cast.users["teacher"]
    User.objects.filter(pk=victim.pk).update(email="zhang@school.example")
    own = Client()
    own.post(reverse("account_login"), {"login": "teacher", "password": PASSWORD})
    own.post(reverse("account_logout"))
    for _ in range(10):
        ask_for_code("teacher")
    asked, said = reverse("account_reset_password"), {"username": "teacher", "means": "email"}
    before = OneTimeCode.objects.filter(user=victim).count()
    assert own.post(asked, said).status_code == 200
    assert OneTimeCode.objects.filter(user=victim).count() == before + 1
    for _ in range(10):
        own.post(asked, said)
    assert OneTimeCode.objects.filter(user=victim).count() == before + 3


def test_a_strangers_guesses_use_up_no_code_of_the_owner(cast):
    """Five wrong codes typed anywhere ended the code that the owner had just been sent."""
    victim = cast.users["teacher"]
    User.objects.filter(pk=victim.pk).update(email="zhang@school.example")
    own, stranger = Client(), Client()
    asked = {"username": "teacher", "means": "email"}
    own.post(reverse("account_reset_password"), asked)
    code = digits_of(OneTimeCode.objects.get(user=victim))
    said = {"username": "teacher", "password1": ATTACKERS, "password2": ATTACKERS}
    where = reverse("account_reset_code")
    for guess in range(6):
        stranger.post(where, said | {"code": f"{guess:06d}"})
    assert stranger.post(where, said | {"code": code}).status_code == 422
    assert own.post(where, said | {"code": code}).status_code == 302


@pytest.mark.parametrize("gone", ["admin", "principal"])
def test_an_agreement_does_not_outlive_the_posts_behind_it(cast, gone):
    """The one who asked for a new password, or agreed to it, left the school: the address still set one."""
    admin, principal = signed_in(cast.users["admin"]), signed_in(cast.users["principal"])
    victim = cast.users["teacher"]
    where = reverse("schools:new_password", args=[Post.objects.get(user=victim).pk])
    admin.post(where)
    reset = PasswordReset.objects.get(user=victim)
    principal.post(reverse("schools:agree_reset", args=[reset.pk]))
    path = ADDRESS.findall(admin.post(where).content.decode())[0]
    Post.objects.filter(user=cast.users[gone]).update(ends_on=date(2026, 11, 1))
    number = numbers.number_of("reset", reset.salt)
    said = {"password1": ATTACKERS, "password2": ATTACKERS, "number": number}
    assert Client().post(path, said).status_code == 410
    victim.refresh_from_db()
    assert victim.check_password(PASSWORD)


@pytest.mark.parametrize("gone", ["admin", "principal"])
def test_an_offer_does_not_outlive_the_posts_behind_it(cast, gone):
    """An administrator about to leave offered a friend the counsellor's post; the friend took it up weeks
    later, when neither of the two was at the school any more.
    """
    friend = cast.users["far_teacher"]
    appoint(
        signed_in(cast.users["admin"]),
        name=friend.name,
        username=friend.username,
        role="counsellor",
    )
    offer = PostOffer.objects.get(user=friend)
    second = signed_in(cast.users["principal"])
    second.post(reverse("schools:agree_offer", args=[offer.pk]))
    Post.objects.filter(user=cast.users[gone]).update(ends_on=date(2026, 11, 1))
    number = numbers.number_of("offer", offer.salt)
    taking = signed_in(friend)
    taking.post(reverse("staff:answer_offer", args=[offer.pk]), {"number": number})
    assert not Post.objects.filter(user=friend, school=cast.school).exists()


def test_nor_is_it_agreed_to_for_somebody_who_left(cast):
    """Asked for by an administrator whose post has ended since."""
    appoint(signed_in(cast.users["admin"]), name="新人", username="brand-new", role="counsellor")
    offer = PostOffer.objects.get(username="brand-new")
    Post.objects.filter(user=cast.users["admin"]).update(ends_on=date(2026, 11, 1))
    signed_in(cast.users["principal"]).post(reverse("schools:agree_offer", args=[offer.pk]))
    assert not User.objects.filter(username="brand-new").exists()
