"""From 14 on the pupil's own yes is needed for a transfer of the file, and a no of the pupil ends it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from doors.staff.today import work_of
from students.actions import leave_school
from students.models import Barrier, Student
from students.policies import PICTURES_AT, PICTURES_FRESH_MINUTES
from tests.doors.test_pupil import CODE, tap
from tests.factories import transfers
from tests.factories.cast import make_adult, make_guardianship
from transfers import actions, rules
from transfers.models import Protection, Transfer, TransferWord

pytestmark = pytest.mark.django_db
PAGE = "pupil:file"


def born(cast, years: int) -> Student:
    """徐梦瑶, who was `years` old half a year ago."""
    day = timezone.localdate() - timedelta(days=years * 365 + 180)
    Student.objects.filter(pk=cast.students["mengyao"].pk).update(born_on=day)
    cast.students["mengyao"].refresh_from_db()
    return cast.students["mengyao"]


def state_of(transfer: Transfer) -> str:
    return Transfer.objects.get(pk=transfer.pk).state


@pytest.mark.parametrize(
    ("adults", "pupil", "asks", "state"),
    [
        (["given"], None, False, rules.AGREED),
        (["given"], None, True, rules.ASKED),
        (["given"], "refused", False, rules.AGREED),
        (["refused"], "given", False, rules.REFUSED),
        (["given"], "given", True, rules.AGREED),
        (["given"], "refused", True, rules.REFUSED),
        (["given"], "withdrawn", True, rules.REFUSED),
        ([], "given", True, rules.ASKED),
        (["given", "refused"], "given", True, rules.REFUSED),
    ],
)
def test_what_the_words_come_to(adults, pupil, asks, state):
    assert rules.standing(adults, pupil=pupil, asks_pupil=asks) == state


def say(pupil, transfer: Transfer, decision: str):
    return pupil.post(reverse(PAGE), {"decision": decision, "transfer": transfer.pk})


@pytest.fixture
def pupil(cast):
    client = Client()
    assert tap(client, cast.school_class.door_code, CODE).status_code == 302
    return client


class TestFromFourteenOn:
    def test_the_family_s_yes_waits_for_the_child_s(self, cast, pupil):
        born(cast, 14)
        transfer = transfers.agreed(cast)
        assert transfer.state == rules.ASKED
        with pytest.raises(actions.NotOpen):
            transfers.accept(cast, transfer)
        assert reverse(PAGE) in pupil.get(reverse("pupil:home")).content.decode()
        shown = pupil.get(reverse(PAGE)).content.decode()
        assert "十八里堡小学" in shown
        assert say(pupil, transfer, "given").status_code == 302
        word = TransferWord.objects.get(adult=None)
        assert (word.via, word.recorded_by) == (TransferWord.AT_THE_PUPILS_DOOR, None)
        assert state_of(transfer) == rules.AGREED
        transfers.accept(cast, transfer)
        assert state_of(transfer) == rules.ACCEPTED
        assert pupil.get(reverse(PAGE)).status_code == 302

    def test_a_no_stops_the_parts_and_never_what_protects(self, cast, pupil):
        born(cast, 15)
        transfer = transfers.agreed(cast)
        say(pupil, transfer, "given")
        say(pupil, transfer, "refused")
        assert state_of(transfer) == rules.REFUSED
        assert TransferWord.objects.filter(adult=None).last().decision == "withdrawn"
        with pytest.raises(actions.NotOpen):
            transfers.accept(cast, transfer)
        assert Protection.objects.filter(transfer=transfer, over_at=None).exists()
        there = Client()
        there.force_login(cast.users["far_principal"])
        page = there.get(reverse("transfers:protection", args=[transfer.pk])).content.decode()
        assert "徐建军" in page

    def test_the_family_does_not_read_it(self, cast, as_, pupil):
        born(cast, 14)
        transfer = transfers.agreed(cast)
        before = as_("mother").get(f"/f/transfers/{transfer.pk}/").content.decode()
        say(pupil, transfer, "refused")
        after = as_("mother").get(f"/f/transfers/{transfer.pk}/").content.decode()
        assert before.count("同意") == after.count("同意")

    def test_who_turns_fourteen_while_it_is_open_is_asked(self, cast):
        born(cast, 12)
        transfer = transfers.agreed(cast)
        assert transfer.state == rules.AGREED
        born(cast, 14)
        actions.follow(transfer=transfer, at=timezone.now())
        assert state_of(transfer) == rules.ASKED

    def test_an_old_page_answers_no_other_transfer(self, cast, pupil):
        born(cast, 14)
        transfer = transfers.agreed(cast)
        answer = pupil.post(reverse(PAGE), {"decision": "given", "transfer": transfer.pk + 1})
        assert answer.status_code in (409, 422)
        assert not TransferWord.objects.filter(adult=None).exists()
        assert state_of(transfer) == rules.ASKED

    def test_whoever_sits_there_later_taps_the_pictures_first(self, cast, pupil):
        born(cast, 14)
        transfer = transfers.agreed(cast)
        session = pupil.session
        session[PICTURES_AT] -= (PICTURES_FRESH_MINUTES + 1) * 60
        session.save()
        for answer in (pupil.get(reverse(PAGE)), say(pupil, transfer, "given")):
            assert answer.url == f"{reverse('pupil:sign_in')}?to=file"
        assert state_of(transfer) == rules.ASKED

    def test_a_parent_on_the_staff_is_family_here(self, cast, as_, pupil):
        born(cast, 14)
        transfer = transfers.agreed(cast)
        say(pupil, transfer, "refused")
        page = reverse("transfers:transfer", args=[transfer.pk])
        assert as_("principal").get(page).status_code == 200
        aunt = make_adult(cast.school, "马建国")
        aunt.user = cast.users["principal"]
        aunt.save()
        make_guardianship(cast.students["mengyao"], aunt, "paternal_aunt")
        assert as_("principal").get(page).status_code == 404
        word = reverse("transfers:word", args=[transfer.pk])
        assert as_("principal").post(word, noted()).status_code == 404
        prepare = reverse("transfers:prepare", args=[cast.students["mengyao"].pk])
        assert as_("principal").get(prepare).status_code == 404


def noted(**said) -> dict:
    given = {
        "decision": "given",
        "via": "spoken",
        "words": "想去",
        "is_alone": "on",
        "key": uuid4(),
    }
    return given | said


def note(client: Client, transfer: Transfer, **said):
    return client.post(reverse("transfers:child_word", args=[transfer.pk]), noted(**said))


class TestAChildWhoCannotSignIn:
    """It has left its class, and the principal opened the transfer: somebody else asks it."""

    @pytest.fixture
    def transfer(self, cast):
        child = born(cast, 14)
        transfer = transfers.agreed(cast)
        yesterday = timezone.localdate() - timedelta(days=1)
        leave_school(
            student=child, left_on=yesterday, reason="moved", left_to="", by=cast.users["admin"]
        )
        return transfer

    def rows(self, cast, who: str) -> list:
        return [one for one in work_of(cast.users[who], timezone.now()) if "转" in one.why]

    @pytest.mark.parametrize("who", ["teacher", "counsellor", "admin"])
    def test_somebody_writes_down_what_it_said(self, cast, as_, transfer, who):
        [row] = self.rows(cast, who)
        shown = as_(who).get(row.act_url).content.decode()
        assert "十八里堡小学" in shown
        said = noted()
        for _again in range(2):
            answer = as_(who).post(row.act_url, said)
            assert answer.status_code == 302
        word = TransferWord.objects.get(adult=None)
        assert (word.via, word.words, word.recorded_by) == ("spoken", "想去", cast.users[who])
        assert state_of(transfer) == rules.AGREED
        assert self.rows(cast, who) == []

    def test_a_row_of_today_leads_to_the_page(self, cast, as_, transfer):
        for who in ("teacher", "principal"):
            [row] = self.rows(cast, who)
            answer = as_(who).get(row.act_url, headers={"HX-Request": "true"})
            assert answer["HX-Redirect"] == row.act_url

    def test_not_whoever_opened_it_who_reads_whom_to_ask(self, cast, as_, transfer):
        assert note(as_("principal"), transfer).status_code == 404
        [row] = self.rows(cast, "principal")
        page = as_("principal").get(row.act_url)
        names = {cast.users[who].name for who in ("teacher", "counsellor", "admin")}
        assert {one.name for one in page.context["hearers"]} == names
        assert not page.context["hears"]
        with pytest.raises(actions.NotOpen):
            actions.say(
                transfer=transfer, adult=None, decision="given", via="spoken", words="",
                key=uuid4(), at=timezone.now(), by=cast.users["principal"],
            )  # fmt: skip

    def test_nor_another_teacher_nor_the_family_nor_who_is_barred_or_suspected(
        self, cast, as_, transfer
    ):
        assert note(as_("next_teacher"), transfer).status_code == 404
        assert note(as_("far_principal"), transfer).status_code == 404
        assert note(as_("mother"), transfer).status_code in (302, 404)
        aunt = make_adult(cast.school, "张丽霞")
        aunt.user = cast.users["teacher"]
        aunt.save()
        make_guardianship(cast.students["mengyao"], aunt, "maternal_aunt")
        assert note(as_("teacher"), transfer).status_code == 404
        Barrier.objects.create(
            school=cast.school, student=cast.students["mengyao"], user=cast.users["admin"],
            reason="亲戚", set_by=cast.users["counsellor"], set_at=timezone.now(),
        )  # fmt: skip
        assert note(as_("admin"), transfer).status_code == 404
        for who in ("teacher", "admin", "next_teacher"):
            assert self.rows(cast, who) == []
        assert not TransferWord.objects.filter(adult=None).exists()
        page = as_("principal").get(reverse("transfers:transfer", args=[transfer.pk]))
        assert list(page.context["hearers"]) == [cast.users["counsellor"]]

    @pytest.mark.parametrize("missing", ["decision", "via", "words", "is_alone"])
    def test_only_with_its_words_and_without_its_family_there(self, as_, transfer, missing):
        answer = note(as_("counsellor"), transfer, **{missing: ""})
        assert answer.status_code == 422
        assert missing in answer.context["form"].errors
        assert not TransferWord.objects.filter(adult=None).exists()

    def test_never_a_yes_over_its_own_no_at_the_door(self, cast, as_):
        born(cast, 14)
        transfer, pupil = transfers.agreed(cast), Client()
        tap(pupil, cast.school_class.door_code, CODE)
        say(pupil, transfer, "refused")
        assert note(as_("counsellor"), transfer, decision="refused").status_code == 302
        answer = note(as_("counsellor"), transfer)
        assert answer.status_code == 422
        assert "只有孩子本人" in answer.content.decode()
        assert state_of(transfer) == rules.REFUSED
        say(pupil, transfer, "given")
        assert state_of(transfer) == rules.AGREED

    def test_what_it_says_stops_the_file_and_stays_with_the_office(self, cast, as_, transfer):
        note(as_("teacher"), transfer, decision="refused", words="不想去新学校")
        assert state_of(transfer) == rules.REFUSED
        page = reverse("transfers:transfer", args=[transfer.pk])
        assert "不想去新学校" in as_("principal").get(page).content.decode()
        assert as_("teacher").get(page).status_code == 404
        family = as_("mother").get(f"/f/transfers/{transfer.pk}/").content.decode()
        assert "不想去新学校" not in family


class TestACorrectedBirthday:
    """It turns out to be under 14: the family decides, and the school still reads what the child wants."""

    def test_the_no_is_a_wish_and_stops_nothing(self, cast, as_, pupil):
        born(cast, 14)
        transfer = transfers.agreed(cast)
        say(pupil, transfer, "refused")
        born(cast, 12)
        actions.follow(transfer=transfer, at=timezone.now())
        assert state_of(transfer) == rules.AGREED
        page = as_("principal").get(reverse("transfers:transfer", args=[transfer.pk]))
        assert page.context.get("is_wish")
        key = f"transfer-{transfer.pk}"
        [row] = [one for one in work_of(cast.users["principal"], timezone.now()) if one.key == key]
        assert "孩子" in row.why
        there = as_("far_admin").get(reverse("transfers:transfer", args=[transfer.pk]))
        assert not there.context.get("is_wish")
        assert "is_wish" not in (as_("mother").get(f"/f/transfers/{transfer.pk}/").context or {})
        transfers.accept(cast, transfer)

    def test_a_yes_from_before_is_no_row(self, cast, pupil):
        born(cast, 14)
        transfer = transfers.agreed(cast)
        say(pupil, transfer, "refused")
        say(pupil, transfer, "given")
        born(cast, 12)
        actions.follow(transfer=transfer, at=timezone.now())
        keys = [one.key for one in work_of(cast.users["principal"], timezone.now())]
        assert f"transfer-{transfer.pk}" not in keys

    def test_corrected_back_it_stops_again(self, cast, pupil):
        born(cast, 14)
        transfer = transfers.agreed(cast)
        say(pupil, transfer, "refused")
        for years, state in ((12, rules.AGREED), (14, rules.REFUSED)):
            born(cast, years)
            actions.follow(transfer=transfer, at=timezone.now())
            assert state_of(transfer) == state


class TestYounger:
    def test_is_not_asked(self, cast, as_, pupil):
        transfer = transfers.agreed(cast)
        assert transfer.state == rules.AGREED
        assert reverse(PAGE) not in pupil.get(reverse("pupil:home")).content.decode()
        assert pupil.get(reverse(PAGE)).url == reverse("pupil:home")
        assert note(as_("admin"), transfer).status_code == 404

    def test_whose_birthday_nobody_knows_is(self, cast, pupil):
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(born_on=None)
        assert transfers.agreed(cast).state == rules.ASKED
        assert pupil.get(reverse(PAGE)).status_code == 200
