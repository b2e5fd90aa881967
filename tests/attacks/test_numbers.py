"""Becoming a parent by a number: what staff write down, and what a borrowed phone adds, by HTTP."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from delivery import links, texts
from delivery.models import Invitation, OneTimeCode, OutboxMessage, SignInLink
from delivery.sign_in.codes import digits_of, slip_code
from guardians.models import Adult, ContactPoint
from schools.models import School
from tests.factories.cast import Cast, make_adult, make_guardianship

pytestmark = pytest.mark.django_db
MINE, HERS = "+8613893517001", "+8613893510001"


@pytest.fixture
def cast(cast) -> Cast:
    """A school that can send codes."""
    made = cast
    School.objects.filter(pk=made.school.pk).update(is_demo=True)
    return made


def signed_in(cast: Cast, key: str) -> Client:
    client = Client()
    client.force_login(cast.users[key], "django.contrib.auth.backends.ModelBackend")
    return client


def way_url(cast: Cast, name: str, adult: Adult, *more: int, child: str = "mengyao") -> str:
    return reverse(name, args=[cast.students[child].pk, adult.pk, *more])


def write_down(staff: Client, cast: Cast, adult: Adult, child: str = "mengyao") -> None:
    where = way_url(cast, "guardians:family_way_add", adult, child=child)
    assert staff.post(where, {"kind": "phone", "address": MINE}).status_code == 302


def come_in_by_code(phone: str = MINE, who: Adult | None = None) -> Client:
    """As somebody who reads every code that went to `phone`."""
    thief = Client()
    thief.post(reverse("family:sign_in"), {"phone": phone, "way": "code"})
    for code in OneTimeCode.objects.filter(address=phone, purpose="sign_in"):
        said = {"phone": phone, "code": digits_of(code)}
        page = thief.post(reverse("family:sign_in_code"), said)
        if who and page.status_code == 200 and "ticket" in page.context:
            thief.post(reverse("family:who"), {"ticket": page.context["ticket"], "who": who.pk})
    return thief


def use_links(address: str = MINE) -> Client:
    thief = Client()
    for link in SignInLink.objects.filter(address=address):
        token = links.sign_in_token_for(link_id=link.pk, adult_id=link.adult_id)
        thief.post(reverse("family:use_link", args=[token]))
    return thief


def answer_slip(adult: Adult, phone: str = MINE) -> tuple[Client, str]:
    """Shows the slip, gives the number and every code that came to it."""
    slip = Invitation.objects.get(adult=adult, used_at=None, revoked_at=None)
    thief, where = Client(), reverse("family:invitation", args=[slip_code(slip.salt)])
    thief.post(where, {"phone": phone})
    thief.post(where)
    for code in OneTimeCode.objects.filter(address=phone, purpose="invitation"):
        thief.post(where, {"phone": phone, "code": digits_of(code)})
    thief.post(where)
    return thief, where


def say_yes(staff: Client, adult: Adult) -> int:
    slip = Invitation.objects.get(adult=adult)
    return staff.post(reverse("staff:claim", args=[slip.pk]), {"answer": "yes"}).status_code


def print_slips(staff: Client, cast: Cast) -> None:
    staff.post(f"{reverse('staff:invitations')}?class={cast.school_class.pk}")


def opens(client: Client, cast: Cast, key: str = "mengyao") -> bool:
    page = client.get(reverse("family:child", args=[cast.students[key].pk]))
    return page.status_code == 200


@pytest.mark.parametrize("who", ["teacher", "admin"])
def test_a_number_written_down_by_staff_gets_no_code(cast, who):
    """A class teacher wrote her own number down at a mother, and signed in as the mother with the code."""
    write_down(signed_in(cast, who), cast, cast.adults["mother"])
    assert not opens(come_in_by_code(), cast)


def test_a_changed_number_signs_nobody_in(cast):
    """The number on record was "corrected" to the teacher's own."""
    teacher, mother = signed_in(cast, "teacher"), cast.adults["mother"]
    where = way_url(cast, "guardians:family_way", mother, mother.contact_points.get().pk)
    form = teacher.get(where).context["form"]
    said = {name: form.initial.get(name, form.fields[name].initial) or "" for name in form.fields}
    assert teacher.post(where, said | {"kind": "phone", "address": MINE}).status_code == 302
    assert ContactPoint.objects.filter(adult=mother, address=MINE).exists()
    Client().post(reverse("family:sign_in"), {"phone": MINE, "way": "link"})
    teacher.post(way_url(cast, "staff:family_invite", mother))
    assert not opens(use_links(), cast)
    assert not opens(come_in_by_code(), cast)


def test_a_number_read_out_to_oneself_proves_nothing(cast):
    """The teacher sent the checking code to her own number and typed it in."""
    teacher, mother = signed_in(cast, "teacher"), cast.adults["mother"]
    write_down(teacher, cast, mother)
    point = mother.contact_points.get(address=MINE)
    page = reverse("delivery:verify_way", args=[point.pk])
    teacher.post(page)
    teacher.post(page, {"code": digits_of(OneTimeCode.objects.get(purpose="verify"))})
    point.refresh_from_db()
    assert point.verified_at is not None
    assert not opens(come_in_by_code(), cast)


@pytest.mark.parametrize("is_known", [True, False])
def test_a_slip_and_ones_own_yes_are_one_person(cast, is_known):
    """She printed a mother's slip, gave her own number (written down before or not), and said yes herself."""
    teacher = signed_in(cast, "teacher")
    victim = make_adult(cast.school, "赵小兰")
    make_guardianship(cast.students["mengyao"], victim, "mother")
    if is_known:
        write_down(teacher, cast, victim)
    print_slips(teacher, cast)
    thief, where = answer_slip(victim)
    for _ in range(2):
        say_yes(teacher, victim)
    thief.post(where)
    assert not opens(thief, cast)
    say_yes(signed_in(cast, "principal"), victim)
    thief.post(where)
    assert opens(thief, cast)  # what two people said


def test_nor_does_the_office_come_in_by_a_teachers_slip(cast):
    """An administrator read a slip that a teacher had printed for a mother who never had a number."""
    victim = make_adult(cast.school, "赵小兰")
    make_guardianship(cast.students["mengyao"], victim, "mother")
    print_slips(signed_in(cast, "teacher"), cast)
    admin = signed_in(cast, "admin")
    thief, where = answer_slip(victim)
    for _ in range(2):
        say_yes(admin, victim)
    thief.post(where)
    assert not opens(thief, cast)


def test_the_second_yes_is_the_offices(cast):
    """Two class teachers, or a counsellor, are not enough."""
    victim = make_adult(cast.school, "赵小兰")
    make_guardianship(cast.students["mengyao"], victim, "mother")
    make_guardianship(cast.students["haitao"], victim, "mother")
    teacher = signed_in(cast, "teacher")
    print_slips(teacher, cast)
    thief, where = answer_slip(victim)
    for key in ("principal", "counsellor"):  # nobody has asked yet
        assert say_yes(signed_in(cast, key), victim) == 404
    for key in ("teacher", "teacher", "next_teacher", "counsellor"):
        say_yes(signed_in(cast, key), victim)
    thief.post(where)
    assert not opens(thief, cast)
    assert say_yes(signed_in(cast, "admin"), victim) == 302
    thief.post(where)
    assert opens(thief, cast)


def test_taking_the_old_number_away_makes_no_first_one(cast):
    """The mother's number was removed; what was written down next was then her first."""
    admin, mother = signed_in(cast, "admin"), cast.adults["mother"]
    old = mother.contact_points.get()
    admin.post(way_url(cast, "guardians:family_way_remove", mother, old.pk))
    write_down(admin, cast, mother)
    assert not opens(come_in_by_code(), cast)


def test_a_number_of_somebody_else_does_not_come_along_with_a_merge(cast):
    """A second record of her name, made with one's own number, was merged into the mother's."""
    admin, mother = signed_in(cast, "admin"), cast.adults["mother"]
    said = {
        "name": mother.name, "relation": "mother", "kind": "parent", "phone": MINE,
        "starts_on": "2026-11-01", "may_see_file": "yes",
    }  # fmt: skip
    where = reverse("guardians:family_add", args=[cast.students["mengyao"].pk])
    admin.post(where, said)
    twin = Adult.objects.exclude(pk=mother.pk).get(name=mother.name, school=cast.school)
    come_in_by_code(who=twin)
    admin.post(reverse("guardians:merge_adults"), {"kept": mother.pk, "closed": twin.pk})
    twin.refresh_from_db()
    assert twin.merged_into_id == mother.pk
    assert not opens(come_in_by_code(), cast)


def test_a_made_up_parent_needs_more_than_a_class_teacher(cast):
    """Somebody who is not there, with the teacher's number: a family's door of her own."""
    said = {
        "name": "无此人", "relation": "relative", "kind": "contact", "phone": MINE,
        "starts_on": "2026-11-01", "may_see_file": "yes",
    }  # fmt: skip
    where = reverse("guardians:family_add", args=[cast.students["mengyao"].pk])
    assert signed_in(cast, "teacher").post(where, said).status_code == 302
    assert ContactPoint.objects.filter(address=MINE).exists()
    assert not opens(come_in_by_code(), cast)


def test_the_page_that_asks_says_the_same_of_every_number(cast):
    """Whether a number signs in, only receives messages, or is nobody's."""
    write_down(signed_in(cast, "teacher"), cast, cast.adults["mother"])
    pages = set()
    for phone in (HERS, MINE, "+8613893517999"):
        page = Client().post(reverse("family:sign_in"), {"phone": phone, "way": "link"})
        pages.add((page.status_code, page.content))
    assert len(pages) == 1


class TestABorrowedPhone:
    """A child, or a guest, with a mother's unlocked phone."""

    @pytest.fixture
    def phone(self, cast) -> Client:
        return come_in_by_code(HERS)

    def test_a_number_counts_only_when_its_code_is_answered(self, cast, phone):
        """Any number was on record at once, and signed in for good."""
        phone.post(reverse("family:details"), {"act": "phone", "phone": MINE})
        assert not cast.adults["mother"].contact_points.filter(address=MINE).exists()
        assert not opens(come_in_by_code(), cast)
        said = {"act": "phone", "phone": MINE}
        for guess in range(6):
            phone.post(reverse("family:details"), said | {"code": f"{guess:06d}"})
        assert not cast.adults["mother"].contact_points.filter(address=MINE).exists()

    def test_and_the_older_number_is_told(self, cast, phone):
        phone.post(reverse("family:details"), {"act": "phone", "phone": MINE})
        code = OneTimeCode.objects.get(address=MINE, purpose="verify")
        said = {"act": "phone", "phone": MINE, "code": digits_of(code)}
        assert phone.post(reverse("family:details"), said).status_code == 302
        assert opens(come_in_by_code(), cast)
        assert told(cast) == [HERS]


def told(cast: Cast) -> list[str]:
    """Numbers at which the mother is told of it."""
    from core import clock
    from delivery import actions

    actions.queue_account_notices(at=clock.now())
    actions.queue_number_notices(at=clock.now())
    rows = OutboxMessage.objects.filter(kind="account", adult=cast.adults["mother"])
    return sorted(row.payload["address"] for row in rows)


def test_whoever_is_replaced_is_told(cast):
    """Nothing reached a mother whose number was changed or taken away."""
    admin, mother = signed_in(cast, "admin"), cast.adults["mother"]
    write_down(admin, cast, mother)
    assert told(cast) == [HERS]
    old = mother.contact_points.get(address=HERS)
    admin.post(way_url(cast, "guardians:family_way_remove", mother, old.pk))
    assert told(cast) == sorted([HERS, HERS, MINE])
    assert all(isinstance(row.idempotency_key, UUID) for row in OutboxMessage.objects.all())
    words = OutboxMessage.objects.filter(kind="account").latest("pk").payload["words"]
    said = texts.render(
        kind="account", language="zh-hans", school="黄羊川", words=words, is_to_family=True
    )
    assert said.body == "【家桥】黄羊川去掉了您的一个号码。如果不对，请给学校打电话。"
