"""What stops where a family says no, at every door: photos, the child's voice, the village, the other
parent. The same set-up with a yes shows that the no is what stops it.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from classroom.models import Observation
from guardians.blocking.actions import bar_from_child
from guardians.models import Adult
from postcards.family import family_lines as postcard_lines
from postcards.models import Postcard
from privacy.models import Purpose, VillageOverride
from schools.models import Post
from schools.roles import Role
from students.models import Barrier
from students.policies import PICTURES_AT
from tests.factories.accounts import say
from tests.factories.cast import Cast
from tests.factories.classroom import WORDS, make_photo
from tests.factories.outbox import standing
from tests.factories.postcards import send_card, voice_file
from tests.factories.reunions import make_plan, make_season
from tests.factories.visits import visit_row
from visits.models import Visit

DAY = timedelta(days=1)
# What was said, one after the other, and whether it may happen then. Nobody's word: VILLAGE excepted, no.
WORDS_SAID = [
    ([], False),
    (["given"], True),
    (["given", "withdrawn"], False),
    (["refused"], False),
    (["refused", "given"], True),
]


def said(cast: Cast, purpose: str, words: list[str]) -> None:
    for word in words:
        say(cast, purpose, word)


def signed_in(cast: Cast, key: str) -> Client:
    client = Client()
    client.force_login(cast.users[key], "django.contrib.auth.backends.ModelBackend")
    return client


def pupil(cast: Cast) -> Client:
    client = Client()
    session = client.session
    session["pupil_id"] = cast.students["mengyao"].pk
    session["pupil_until"] = timezone.now().timestamp() + 600
    session[PICTURES_AT] = timezone.now().timestamp()
    session.save()
    return client


class TestPhotos:
    @pytest.mark.parametrize(("words", "is_allowed"), WORDS_SAID)
    def test_a_teacher_keeps_one_only_with_the_family_s_yes(self, cast, words, is_allowed):
        said(cast, Purpose.PHOTO, words)
        client = signed_in(cast, "teacher")
        url = reverse("classroom:observe", args=[cast.students["mengyao"].pk])
        assert ('name="photo"' in client.get(url).content.decode()) is is_allowed
        note = {"key": uuid4(), "words": WORDS, "when": "now", "photo": make_photo()}
        assert (client.post(url, note).status_code == 302) is is_allowed
        assert Observation.objects.filter(photo__isnull=False).exists() is is_allowed

    def test_taken_back_nobody_sees_it_any_more(self, cast):
        said(cast, Purpose.PHOTO, ["given"])
        teacher = signed_in(cast, "teacher")
        url = reverse("classroom:observe", args=[cast.students["mengyao"].pk])
        teacher.post(url, {"key": uuid4(), "words": WORDS, "when": "now", "photo": make_photo()})
        address = reverse("classroom:attachment", args=[Observation.objects.get().pk, "photo"])
        assert teacher.get(address).status_code == 200
        said(cast, Purpose.PHOTO, ["withdrawn"])
        for key in ("teacher", "counsellor", "principal"):
            assert signed_in(cast, key).get(address).status_code == 404

    def test_a_brother_s_yes_is_not_hers(self, cast):
        say(cast, Purpose.PHOTO, "given", child="xiaobao")
        page = signed_in(cast, "teacher").get(
            reverse("classroom:observe", args=[cast.students["mengyao"].pk])
        )
        assert 'name="photo"' not in page.content.decode()


class TestTheChildsVoice:
    @pytest.mark.parametrize(("words", "is_allowed"), WORDS_SAID)
    def test_a_postcard_is_recorded_only_with_the_family_s_yes(self, cast, words, is_allowed):
        said(cast, Purpose.VOICE, words)
        client = pupil(cast)
        url = reverse("pupil:postcard")
        page = client.get(url)
        assert (page.status_code == 200) is is_allowed
        to = page.context["choices"][0].value if is_allowed else cast.adults["mother"].pk
        client.post(url, {"to": to, "key": uuid4(), "voice": voice_file()})
        assert Postcard.objects.exists() is is_allowed

    def test_taken_back_it_is_heard_by_nobody_and_told_to_nobody(self, cast):
        said(cast, Purpose.VOICE, ["given"])
        card = send_card(cast)
        address = reverse("family_postcards:card", args=[card.pk])
        mother = signed_in(cast, "mother")
        assert mother.get(address).status_code == 200
        assert address in self.told(cast)
        said(cast, Purpose.VOICE, ["withdrawn"])
        assert mother.get(address).status_code == 404
        assert address not in self.told(cast)

    def told(self, cast) -> list[str]:
        """Where the mother's card and the messages to her lead."""
        at, child = timezone.now(), cast.students["mengyao"].pk
        lines = postcard_lines([child], [cast.adults["mother"]], at).get(child, [])
        return [line.url for line in lines] + [one.payload["path"] for one in standing(at).values()]


class TestTheVillage:
    @pytest.mark.parametrize(
        ("words", "is_allowed"),
        [
            ([], True),
            (["given"], True),
            (["refused"], False),
            (["given", "withdrawn"], False),
            (["refused", "given"], True),
        ],
    )
    def test_the_village_worker_sees_a_visit_unless_the_family_says_no(
        self, cast, words, is_allowed
    ):
        visit = reverse("village:visit", args=[visit_row(cast)])
        said(cast, Purpose.VILLAGE, words)
        client = signed_in(cast, "village")
        assert (client.get(visit).status_code == 200) is is_allowed
        assert (client.post(visit).status_code != 404) is is_allowed
        listed = client.get(reverse("village:list"))
        assert listed.status_code == 200
        assert ("梦瑶" in listed.content.decode()) is is_allowed


class TestTheOtherParent:
    @pytest.mark.parametrize(("words", "is_allowed"), WORDS_SAID)
    def test_a_parent_s_plan_is_shown_to_the_other_only_with_their_leave(
        self, cast, words, is_allowed
    ):
        """The father looks; the words are the mother's, about herself."""
        Adult.objects.filter(pk=cast.adults["father"].pk).update(
            blocked_at=None, blocked_reason="", blocked_by=None
        )
        make_plan(cast, make_season(cast), arrives_on="2027-01-29")
        said(cast, Purpose.OTHER_PARENT, words)
        father = signed_in(cast, "blocked_father")
        page = father.get(reverse("family_reunions:home", args=[cast.students["mengyao"].pk]))
        assert page.status_code == 200
        assert ("1月29日" in page.content.decode()) is is_allowed

    def test_a_mother_s_yes_does_not_show_the_father(self, cast):
        Adult.objects.filter(pk=cast.adults["father"].pk).update(
            blocked_at=None, blocked_reason="", blocked_by=None
        )
        plan = make_plan(cast, make_season(cast), adult=cast.adults["father"])
        type(plan).objects.filter(pk=plan.pk).update(arrives_on="2027-01-29")
        said(cast, Purpose.OTHER_PARENT, ["given"])
        page = signed_in(cast, "mother").get(
            reverse("family_reunions:home", args=[cast.students["mengyao"].pk])
        )
        assert "1月29日" not in page.content.decode()


class TestOverridingARefusal:
    """For the child's safety alone, by whoever looks after it, until a day, and without a word where a word
    would harm.
    """

    @pytest.fixture
    def visit(self, cast):
        said(cast, Purpose.VILLAGE, ["refused"])
        return reverse("village:visit", args=[visit_row(cast)])

    def override(self, cast, key="counsellor", **changed):
        until = timezone.localdate() + timedelta(days=30)
        form = {"reason": "孩子晚上一个人在家", "until": until.isoformat()} | changed
        url = reverse("privacy:override_village", args=[cast.students["mengyao"].pk])
        return signed_in(cast, key).post(url, form)

    def test_the_village_worker_is_told_until_the_day_is_over(self, cast, visit):
        worker = signed_in(cast, "village")
        assert worker.get(visit).status_code == 404
        assert self.override(cast).status_code == 302
        assert worker.get(visit).status_code == 200
        VillageOverride.objects.update(until=timezone.localdate() - timedelta(days=1))
        assert worker.get(visit).status_code == 404

    def test_a_principal_decides_only_where_no_counsellor_may(self, cast, visit):
        """The text that the family read names the counsellor, and the principal where there is none."""
        assert self.override(cast, "principal").status_code == 404
        Post.objects.filter(role=Role.COUNSELLOR).update(ends_on=timezone.localdate() - DAY)
        assert self.override(cast, "counsellor").status_code == 404
        assert self.override(cast, "principal").status_code == 302
        assert signed_in(cast, "village").get(visit).status_code == 200

    @pytest.mark.parametrize("why", ["barred", "of the family", "left"])
    def test_a_counsellor_who_may_not_decide_here_leaves_it_to_the_principal(
        self, cast, visit, why
    ):
        counsellor = cast.users["counsellor"]
        if why == "barred":
            bar_from_child(
                student=cast.students["mengyao"],
                user=counsellor,
                reason="正在核实",
                by=cast.users["principal"],
                at=timezone.now(),
            )
        elif why == "of the family":
            Adult.objects.filter(pk=cast.adults["grandmother"].pk).update(user=counsellor)
        else:
            User.objects.filter(pk=counsellor.pk).update(is_active=False)
        assert self.override(cast, "counsellor").status_code in (302, 404)
        assert not VillageOverride.objects.exists()
        assert self.override(cast, "principal").status_code == 302
        assert VillageOverride.objects.get().set_by == cast.users["principal"]

    def test_a_principal_reads_no_reason_of_the_counsellor_s(self, cast, visit):
        self.override(cast)
        url = reverse("privacy:consents", args=[cast.students["mengyao"].pk])
        assert "晚上一个人" not in signed_in(cast, "principal").get(url).content.decode()

    def test_ended_the_family_s_word_counts_again(self, cast, visit):
        self.override(cast)
        worker = signed_in(cast, "village")
        assert worker.get(visit).status_code == 200
        end = reverse("privacy:end_override", args=[cast.students["mengyao"].pk])
        signed_in(cast, "counsellor").post(end)
        assert worker.get(visit).status_code == 404
        row = VillageOverride.objects.get()
        assert (row.ended_by, row.ended_at is None) == (cast.users["counsellor"], False)

    def test_a_barrier_is_stronger(self, cast, visit):
        self.override(cast)
        Barrier.objects.create(
            school=cast.school,
            student=cast.students["mengyao"],
            user=cast.users["village"],
            reason="调查中",
            set_by=cast.users["principal"],
            set_at=timezone.now(),
        )
        assert signed_in(cast, "village").get(visit).status_code == 404

    @pytest.mark.parametrize(
        ("field", "value"), [("reason", "急"), ("until", "2020-01-01"), ("until", "2099-01-01")]
    )
    def test_what_is_not_a_reason_or_has_no_end_is_refused(self, cast, visit, field, value):
        answer = self.override(cast, **{field: value})
        assert answer.status_code == 422
        assert answer.context["form"].errors[field]
        assert not VillageOverride.objects.exists()

    def test_twice_is_once(self, cast, visit):
        assert [self.override(cast).status_code for _ in range(2)] == [302, 302]
        assert VillageOverride.objects.count() == 1

    def test_the_reason_is_read_by_those_who_look_after_safety_alone(self, cast, visit):
        self.override(cast)
        url = reverse("privacy:consents", args=[cast.students["mengyao"].pk])
        pages = {
            key: signed_in(cast, key).get(url).content.decode() for key in ("counsellor", "teacher")
        }
        assert "晚上一个人" in pages["counsellor"]
        assert "晚上一个人" not in pages["teacher"]
        assert all("为了孩子的安全" in page for page in pages.values())

    @pytest.mark.parametrize("is_shown", [True, False])
    def test_the_family_reads_of_it_only_where_the_counsellor_says_so(self, cast, visit, is_shown):
        self.override(cast, is_shown_to_family="on" if is_shown else "")
        signed_in(cast, "village").get(visit)
        mother = signed_in(cast, "mother")
        child = cast.students["mengyao"].pk
        page = mother.get(reverse("family_privacy:consent", args=[child, "village"]))
        assert ("为了孩子的安全" in page.content.decode()) is is_shown
        readers = mother.get(reverse("family:child_readers", args=[child]))
        assert (cast.users["village"].name in readers.content.decode()) is is_shown

    def test_a_parent_who_works_at_the_school_learns_nothing_of_it(self, cast, visit):
        self.override(cast)
        cast.adults["mother"].user = cast.users["teacher"]
        cast.adults["mother"].save()
        url = reverse("privacy:consents", args=[cast.students["mengyao"].pk])
        page = signed_in(cast, "teacher").get(url)
        assert page.status_code == 200
        assert "为了孩子的安全" not in page.content.decode()
        cast.adults["mother"].user = cast.users["principal"]
        cast.adults["mother"].save()
        assert self.override(cast, "principal").status_code == 404

    @pytest.mark.parametrize(
        ("is_parent", "is_shown", "is_told"),
        [(False, False, True), (True, False, False), (True, True, True)],
    )
    def test_a_parent_on_the_staff_plans_visits_as_the_family_knows_it(
        self, cast, visit, is_parent, is_shown, is_told
    ):
        child = cast.students["mengyao"]
        Visit.objects.filter(student=child).update(by_village=True)
        self.override(cast, is_shown_to_family="on" if is_shown else "")
        if is_parent:
            cast.adults["mother"].user = cast.users["teacher"]
            cast.adults["mother"].save()
        teacher = signed_in(cast, "teacher")
        row = Visit.objects.get(student=child)
        asking = teacher.get(reverse("visits:ask", args=[child.pk]))
        seen = {
            "may be asked": asking.context["form"].is_allowed,
            "page": not teacher.get(reverse("visits:visit", args=[row.pk])).context["is_back"],
            "Today": "家里不愿意村儿童主任去" not in teacher.get("/").content.decode(),
        }
        assert set(seen.values()) == {is_told}, seen

    @pytest.mark.parametrize("is_parent", [True, False])
    def test_a_visit_of_the_village_worker_tells_a_parent_on_the_staff_nothing(
        self, cast, visit, is_parent
    ):
        child, name = cast.students["mengyao"], cast.users["village"].name
        self.override(cast)
        assert signed_in(cast, "village").get(visit).status_code == 200
        Visit.objects.filter(student=child).update(
            by_village=True,
            recorded_by=cast.users["village"],
            recorded_at=timezone.now(),
            visited_on=timezone.localdate(),
            outcome="met_carer",
        )
        if is_parent:
            cast.adults["mother"].user = cast.users["teacher"]
            cast.adults["mother"].save()
        teacher = signed_in(cast, "teacher")
        pages = [
            reverse("staff:child", args=[child.pk]),
            reverse("staff:readers", args=[child.pk]),
            reverse("visits:list"),
        ]
        told = [name in teacher.get(page).content.decode() for page in pages]
        assert told == [not is_parent] * 3

    def test_nor_does_a_village_worker_of_the_family(self, cast, visit):
        self.override(cast)
        cast.adults["mother"].user = cast.users["village"]
        cast.adults["mother"].save()
        assert signed_in(cast, "village").get(visit).status_code == 404

    def test_where_nobody_refused_there_is_nothing_to_override(self, cast):
        url = reverse("privacy:override_village", args=[cast.students["mengyao"].pk])
        page = signed_in(cast, "counsellor").get(url)
        assert page.url == reverse("privacy:consents", args=[cast.students["mengyao"].pk])
