from datetime import timedelta
from uuid import uuid4

import pytest

from guardians.models import Adult
from safeguarding import actions, policies
from safeguarding.models import Concern
from schools.models import Post
from schools.roles import Role
from tests.factories.concerns import AT

pytestmark = pytest.mark.django_db
STAFF = "teacher next_teacher counsellor principal admin village county far_teacher ended superuser"


@pytest.fixture
def concerns(cast):
    """One about Mengyao by her wish to see the teacher, one by her wish to see the counsellor."""
    facts = {"student": cast.students["mengyao"], "wanted_when": "soon", "words": "", "at": AT}
    return {
        role: actions.want_to_talk(asked_for=role, key=role, **facts)
        for role in ("class_teacher", "counsellor")
    }


TABLE = {
    "class_teacher": {"teacher", "counsellor"},
    # Put to the counsellor, past the class teacher.
    "counsellor": {"counsellor"},
}


@pytest.mark.parametrize("asked_for", TABLE)
@pytest.mark.parametrize("who", [*STAFF.split(), "mother", "other_mother", "blocked_father"])
def test_who_sees_a_concern(cast, concerns, asked_for, who):
    user, concern, on = cast.users[who], concerns[asked_for], AT.date()
    expected = who in TABLE[asked_for]
    assert policies.can_handle(user, concern, on) is expected
    seen = policies.concerns_visible_to(user, on)
    assert (concern in seen) is expected


def test_handed_to_the_class_teacher_it_opens(cast, concerns):
    concern = concerns["counsellor"]
    assert not policies.can_handle(cast.users["teacher"], concern, AT.date())
    actions.hand_over(
        concern=concern, by=cast.users["counsellor"], to=cast.users["teacher"], words="", at=AT
    )
    assert policies.can_handle(cast.users["teacher"], concern, AT.date())


def test_the_principal_sees_what_has_climbed_to_them(cast, concerns):
    concern, principal = concerns["class_teacher"], cast.users["principal"]
    for _rung in range(2):
        assert not policies.can_handle(principal, concern, AT.date())
        concern.refresh_from_db()
        actions.climb_unacknowledged(concern.due_at + timedelta(minutes=1))
    assert policies.can_handle(principal, concern, AT.date())
    assert policies.can_handle(principal, concern, AT.date() + timedelta(days=30))


def test_the_principal_sees_what_is_handed_to_them(cast, concerns):
    people = {"by": cast.users["counsellor"], "to": cast.users["principal"]}
    actions.hand_over(concern=concerns["counsellor"], words="", at=AT, **people)
    assert policies.can_handle(cast.users["principal"], concerns["counsellor"], AT.date())
    assert not policies.can_handle(cast.users["principal"], concerns["class_teacher"], AT.date())


def test_the_principal_sees_what_they_raised(cast):
    facts = {"student": cast.students["mengyao"], "words": "", "is_urgent": False, "key": uuid4()}
    concern = actions.raise_worry(by=cast.users["principal"], at=AT, **facts)
    assert policies.can_handle(cast.users["principal"], concern, AT.date())


def test_without_a_counsellor_the_principal_looks_after_all(cast, concerns):
    Post.objects.filter(role=Role.COUNSELLOR).update(ends_on=AT.date() - timedelta(days=1))
    for concern in concerns.values():
        assert policies.can_handle(cast.users["principal"], concern, AT.date())


def test_the_principal_sees_the_others_as_clocks_and_counts(cast, concerns, client):
    client.force_login(cast.users["principal"])
    text = client.get("/concerns/").content.decode()
    assert "徐梦瑶" not in text
    assert "在别人手里的：2 件" in text
    assert client.get(f"/concerns/{concerns['counsellor'].pk}/").status_code == 404
    client.force_login(cast.users["counsellor"])
    text = client.get("/concerns/").content.decode()
    assert "徐梦瑶" in text
    assert "在别人手里的" not in text


def test_the_counts_keep_quiet_about_a_child_of_whom_they_must_not_hear(cast, concerns, client):
    Adult.objects.filter(pk=cast.adults["father"].pk).update(user=cast.users["principal"])
    client.force_login(cast.users["principal"])
    assert "在别人手里的" not in client.get("/concerns/").content.decode()


def test_somebody_blocked_in_the_family_sees_nothing_even_as_a_teacher(cast, concerns):
    user, concern = cast.users["teacher"], concerns["class_teacher"]
    assert policies.can_handle(user, concern, AT.date())
    Adult.objects.filter(pk=cast.adults["father"].pk).update(user=user)
    assert not policies.can_handle(user, concern, AT.date())


def test_predicate_and_queryset_agree_for_everybody(cast, concerns):
    for user in cast.users.values():
        seen = set(policies.concerns_visible_to(user, AT.date()))
        for concern in Concern.objects.all():
            assert policies.can_handle(user, concern, AT.date()) is (concern in seen)
