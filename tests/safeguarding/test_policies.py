import pytest

from guardians.models import Adult
from safeguarding import actions, policies
from safeguarding.models import Concern
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
    "class_teacher": {"teacher", "counsellor", "principal"},
    # Put to the counsellor, past the class teacher.
    "counsellor": {"counsellor", "principal"},
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
