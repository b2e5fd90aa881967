"""A blocked adult, at every door: each address under /f/ as it stands in the URLconf, every message.

Nothing here names a page: a URL or a room that is added tomorrow is tried tomorrow.
"""

import re
from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from core import clock
from guardians.blocking import actions as blocking
from guardians.models import ContactPoint
from guardians.policies import SESSION_ADDRESS, adults_of, students_of_family
from guardians.queries import usable_contact_points
from students import barriers
from students.policies import can_edit_student, can_view_student, students_visible_to
from tests.access.objects import make_objects
from tests.access.test_matrix import EVERYONE, PATTERNS, TABLE, arguments
from tests.days import today
from tests.factories.cast import Cast, make_adult, make_guardianship, make_post
from tests.factories.outbox import standing
from tests.undoing import undone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_log")]
BACKEND = "django.contrib.auth.backends.ModelBackend"
KEYS_AND_TIMES = re.compile(r"'[^']*\d[^']*'|\d+")
SHARED = "+8613893510003"  # the grandmother's
# The rooms that answer for their notices, and of these the ones in which time alone makes some due.
ROOMS = {path.rpartition(".")[0] for path in settings.MESSAGE_KINDS.values()}
CLOCKS = [
    module.queue_reminders
    for module in map(import_module, sorted(ROOMS))
    if hasattr(module, "queue_reminders")
]


def family_addresses() -> list[str]:
    """Names of all that lies under /f/, apart from what anybody may open (signing in and out)."""
    found = []
    for name, wanted in sorted(PATTERNS.items()):
        try:
            address = reverse(name, kwargs=dict.fromkeys(wanted, 1))
        except NoReverseMatch:
            address = ""
            for value in ("x", "00000000-0000-4000-8000-000000000000"):
                try:
                    address = reverse(name, kwargs=dict.fromkeys(wanted, value))
                except NoReverseMatch:
                    continue
        is_family = address.startswith("/f/") or name.startswith(("family", "check_in:"))
        if is_family and TABLE.get(name) != EVERYONE:
            found.append(name)
    return found


FAMILY = family_addresses()


def block(cast: Cast, key: str = "mother") -> None:
    blocking.block_adult(
        adult=cast.adults[key], reason="法院保护令", by=cast.users["principal"], at=clock.now()
    )


def signed_in(user: User, address: str = "") -> Client:
    client = Client()
    client.force_login(user, BACKEND)
    if address:
        session = client.session
        session[SESSION_ADDRESS] = address
        session.save()
    return client


def answers(client: Client, address: str) -> set[int]:
    """Status of what is seen and of what is sent; a sign-in page counts as 404."""
    seen = set()
    for ask in (client.get, client.post):
        with transaction.atomic():
            response = ask(address)
            transaction.set_rollback(True)
        signs_in = response.status_code == 302 and response["Location"].startswith("/f/sign-in/")
        seen.add(404 if signs_in else response.status_code)
    return seen - {405}


def test_there_is_something_to_try():
    assert {"family:home", "family:me", "family:details"} <= set(FAMILY)


@pytest.mark.parametrize("name", FAMILY)
def test_a_blocked_adult_meets_404_or_the_page_of_an_expired_link(cast, name):
    """The same objects, the same account: let in before, a stranger after."""
    address = reverse(name, kwargs=arguments(cast, name))
    block(cast)
    mother = cast.users["mother"]
    assert answers(signed_in(mother), address) <= {404, 410}
    assert answers(signed_in(mother, "+8613893510001"), address) <= {404, 410}


@pytest.mark.parametrize("name", FAMILY)
def test_a_phone_that_a_blocked_adult_shares_opens_nothing(cast, name):
    """The grandmother's session came from a number that the blocked father has too."""
    grandmother, father = cast.adults["grandmother"], cast.adults["father"]
    grandmother.user = User.objects.create_user("family-grandmother", name="李秀兰")
    grandmother.save()
    ContactPoint.objects.create(
        school=cast.school, adult=father, kind="phone", address=SHARED, as_written=SHARED
    )
    address = reverse(name, kwargs=arguments(cast, name))
    assert answers(signed_in(grandmother.user, SHARED), address) <= {404, 410}
    assert answers(signed_in(grandmother.user), address) <= {404, 410}


def test_the_policies_know_nothing_of_a_blocked_adult(cast):
    mother, on = cast.users["mother"], today()
    assert adults_of(mother).exists()
    assert students_of_family(mother, on).count() == 2
    block(cast)
    assert not adults_of(mother).exists()
    assert not students_of_family(mother, on).exists()


def test_no_room_has_a_message_for_a_blocked_adult(cast):
    """With whatever rows stand behind any address: now, soon, and when their days have come."""
    barred = {cast.adults["mother"].pk, cast.adults["father"].pk}
    spaces: dict[str, list[str]] = {}
    for name in sorted(PATTERNS):
        spaces.setdefault(name.partition(":")[0], []).append(name)
    reached, alone = set(), []
    for names in spaces.values():  # what stands behind the addresses of one room, together
        with undone():
            alone += [name for name in names if not made_beside_others(cast, name)]
            reached |= due_at_any_time() & barred
            assert not due_when_blocked(cast) & barred, names
            transaction.set_rollback(True)
        cast.adults["mother"].refresh_from_db()
    tried = set()
    for name in alone:
        with undone():
            written = writes_behind(cast, name)
            if written not in tried:
                assert not due_when_blocked(cast) & barred, name
            tried.add(written)
            transaction.set_rollback(True)
        cast.adults["mother"].refresh_from_db()
    assert reached, "unblocked, the mother is written to: else this test shows nothing"


def made_beside_others(cast: Cast, name: str) -> bool:
    """Whether the rows behind this address can stand beside those of the addresses before it; if not, they
    are made alone, where nothing that goes wrong is passed over.
    """
    try:
        with undone():
            make_objects(cast, name)
    except Exception:
        return False
    return True


def writes_behind(cast: Cast, name: str) -> str:
    """The rows behind this address are made; what was written for them, without keys and times."""
    with CaptureQueriesContext(connection) as asked:
        make_objects(cast, name)
    writes = [one["sql"] for one in asked if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    return KEYS_AND_TIMES.sub("", "\n".join(writes))


def due_when_blocked(cast: Cast) -> set[int]:
    block(cast)
    cast.adults["mother"].refresh_from_db()
    return due_at_any_time()


def due_at_any_time() -> set[int]:
    """Adults to whom something would go: queued before, or found by a room's clock by then."""
    times = [clock.now() + timedelta(days=days) for days in (0, 1, 8)]
    for at in times:
        for queue_reminders in CLOCKS:
            queue_reminders(at=at)
    return {one.adult_id for at in times for one in standing(at).values() if one.adult_id}


class TestAtAnotherSchool:
    """Blocked here, the same person finds every door closed, though the other school was not told."""

    @pytest.fixture
    def elsewhere(self, cast):
        """The mother has a child at the far school too; her mother-in-law there uses the same phone."""
        own = make_adult(cast.other_school, "王芳", "+8613893510001", user=cast.users["mother"])
        make_guardianship(cast.students["yuan"], own, "mother")
        granny = make_adult(cast.other_school, "赵桂花", "+8613893510001")
        make_guardianship(cast.students["yuan"], granny, "paternal_grandmother")
        return own

    def seen(self, cast) -> set[str]:
        page = signed_in(cast.users["mother"], "+8613893510001").get("/f/")
        text = page.content.decode() if page.status_code == 200 else ""
        return {name for name in ("梦瑶", "思源") if name in text}

    def test_no_child_of_any_school_is_shown(self, cast, elsewhere):
        assert self.seen(cast) == {"梦瑶", "思源"}
        block(cast)
        assert self.seen(cast) == set()
        assert not adults_of(cast.users["mother"]).exists()

    def test_no_number_leads_there_not_even_a_shared_one(self, cast, elsewhere):
        there = usable_contact_points().filter(school=cast.other_school, address="+8613893510001")
        assert there.count() == 2
        block(cast)
        assert there.count() == 0
        blocking.unblock_adult(
            adult=cast.adults["mother"], by=cast.users["principal"], at=clock.now()
        )
        assert there.count() == 2

    def test_whoever_blocked_sees_whom_to_call(self, cast, elsewhere):
        url = f"/children/{cast.students['mengyao'].pk}/family/{cast.adults['mother'].pk}/"
        principal, teacher = signed_in(cast.users["principal"]), signed_in(cast.users["teacher"])
        assert "十八里堡小学" not in principal.get(url).content.decode()
        block(cast)
        assert "十八里堡小学" in principal.get(url).content.decode()
        assert "十八里堡小学" not in teacher.get(url).content.decode()


class TestStaffToo:
    """A suspected person who works at the school is a stranger to these children, both ways."""

    @pytest.fixture
    def both(self, cast) -> User:
        """The mother's account also holds a post as teacher of the class next door."""
        user = cast.users["mother"]
        make_post(user, "counsellor", school=cast.school)
        return user

    def test_a_block_closes_the_file(self, cast, both):
        on = today()
        assert can_view_student(both, cast.students["mengyao"], on)
        block(cast)
        for child in ("mengyao", "xiaobao"):
            assert not can_view_student(both, cast.students[child], on)
            assert not can_edit_student(both, cast.students[child], on)
        assert can_view_student(both, cast.students["haitao"], on)

    def test_the_same_name_and_number_is_the_same_person(self, cast):
        teacher, on = cast.users["teacher"], today()
        adult = cast.adults["mother"]
        teacher.name, teacher.phone = adult.name, "+8613893510001"
        teacher.save()
        block(cast)
        assert not can_view_student(teacher, cast.students["mengyao"], on)

    @pytest.mark.parametrize(
        ("name", "phone"), [("", "+8613893510001"), (None, "+8613893510099"), (None, "")]
    )
    def test_a_namesake_and_who_shares_the_number_keep_their_work(self, cast, name, phone):
        teacher, adult = cast.users["teacher"], cast.adults["mother"]
        teacher.name, teacher.phone = teacher.name if name == "" else adult.name, phone
        teacher.email = ""
        teacher.save()
        block(cast)
        assert can_view_student(teacher, cast.students["mengyao"], today())

    @pytest.mark.parametrize("is_namesake", [True, False])
    def test_a_barrier_blocks_no_namesake_and_nobody_who_shares_the_number(self, cast, is_namesake):
        teacher, adult = cast.users["teacher"], cast.adults["mother"]
        if is_namesake:
            teacher.name = adult.name
        else:
            teacher.phone = "+8613893510001"
        teacher.save()
        principal, child = cast.users["principal"], cast.students["mengyao"]
        blocking.bar_from_child(
            student=child, user=teacher, reason="正在核实", by=principal, at=clock.now()
        )
        adult.refresh_from_db()
        assert not adult.is_blocked

    def test_a_barrier_blocks_the_adult(self, cast, both):
        blocking.bar_from_child(
            student=cast.students["mengyao"],
            user=both,
            reason="正在核实",
            by=cast.users["principal"],
            at=clock.now(),
        )
        cast.adults["mother"].refresh_from_db()
        assert cast.adults["mother"].is_blocked
        assert not adults_of(both).exists()

    def test_unblocked_the_file_opens_again(self, cast, both):
        block(cast)
        blocking.unblock_adult(
            adult=cast.adults["mother"], by=cast.users["principal"], at=clock.now()
        )
        assert can_view_student(both, cast.students["mengyao"], today())

    def test_nobody_decides_about_themself(self, cast, both):
        with pytest.raises(blocking.OneSelf):
            blocking.block_adult(adult=cast.adults["mother"], reason="x", by=both, at=clock.now())
        with pytest.raises(barriers.OwnFile):
            barriers.set_barrier(
                student=cast.students["mengyao"], user=both, reason="x", by=both, at=clock.now()
            )


def bar(cast: Cast, who: str, child: str = "mengyao") -> None:
    blocking.bar_from_child(
        student=cast.students[child],
        user=cast.users[who],
        reason="正在核实",
        by=cast.users["principal"],
        at=clock.now(),
    )


CHILD_PAGES = [
    name
    for name, wanted in sorted(PATTERNS.items())
    if "student_id" in wanted and not name.startswith(("family", "check_in", "pupil", "village"))
]


@pytest.mark.parametrize("name", CHILD_PAGES)
def test_a_barred_colleague_is_a_stranger_at_every_address_of_the_child(cast, name):
    address = reverse(name, kwargs=arguments(cast, name))
    bar(cast, "teacher")
    assert answers(signed_in(cast.users["teacher"]), address) <= {404}


def test_one_barrier_closes_one_file(cast):
    on = today()
    bar(cast, "teacher")
    bar(cast, "teacher")
    seen = students_visible_to(cast.users["teacher"], on)
    assert set(seen) == {cast.students["xiaobao"]}
    assert can_view_student(cast.users["counsellor"], cast.students["mengyao"], on)


def test_the_class_list_and_today_do_not_name_the_child(cast):
    bar(cast, "teacher")
    client = signed_in(cast.users["teacher"])
    for page in ("/", "/children/", "/search/?q=xmy", "/check-ins/", "/children/?q=徐梦瑶"):
        text = client.get(page).content.decode()
        assert "徐梦瑶" not in text.replace("“徐梦瑶”", "").replace('value="徐梦瑶"', ""), page


def test_barriers_cost_one_look_up(cast, django_assert_num_queries):
    """Posts, barriers, who is in the own class, children: as many where there is a barrier as where there
    is none.
    """
    on = today()
    for _ in range(2):
        with django_assert_num_queries(4):
            list(students_visible_to(cast.users["teacher"], on))
        bar(cast, "teacher")
