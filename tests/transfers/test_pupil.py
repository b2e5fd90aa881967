"""From 14 on the pupil's own yes is needed for a transfer of the file, and a no of the pupil ends it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from doors.staff.today import work_of
from students.models import Student
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

    def test_the_office_writes_down_what_the_child_said(self, cast, as_):
        born(cast, 14)
        transfer = transfers.agreed(cast)
        [row] = [
            item
            for item in work_of(cast.users["principal"], timezone.now())
            if item.key == f"transfer-{transfer.pk}"
        ]
        office = as_("principal")
        assert office.get(row.act_url).context["waits_for_pupil"]
        said = {
            "adult": "pupil",
            "decision": "given",
            "via": "spoken",
            "words": "想去",
            "key": uuid4(),
        }
        url = reverse("transfers:word", args=[transfer.pk])
        for _again in range(2):
            assert office.post(url, said).status_code == 302
        word = TransferWord.objects.get(adult=None)
        assert (word.via, word.recorded_by) == ("spoken", cast.users["principal"])
        assert state_of(transfer) == rules.AGREED
        assert "想去" in office.get(row.act_url).content.decode()

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

    def test_the_childs_own_no_is_lifted_by_the_child_alone(self, cast, as_, pupil):
        born(cast, 14)
        transfer = transfers.agreed(cast)
        say(pupil, transfer, "refused")
        noted = {
            "adult": "pupil",
            "decision": "given",
            "via": "spoken",
            "words": "",
            "key": uuid4(),
        }
        answer = as_("principal").post(reverse("transfers:word", args=[transfer.pk]), noted)
        assert answer.status_code == 422
        assert "只有孩子本人" in answer.content.decode()
        assert state_of(transfer) == rules.REFUSED
        say(pupil, transfer, "given")
        assert state_of(transfer) == rules.AGREED

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
        noted = {
            "adult": "pupil",
            "decision": "given",
            "via": "spoken",
            "words": "",
            "key": uuid4(),
        }
        word = reverse("transfers:word", args=[transfer.pk])
        assert as_("principal").post(word, noted).status_code == 404
        prepare = reverse("transfers:prepare", args=[cast.students["mengyao"].pk])
        assert as_("principal").get(prepare).status_code == 404


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
        assert page.context["is_wish"]
        key = f"transfer-{transfer.pk}"
        [row] = [one for one in work_of(cast.users["principal"], timezone.now()) if one.key == key]
        assert "孩子" in row.why
        there = as_("far_admin").get(reverse("transfers:transfer", args=[transfer.pk]))
        assert not there.context["is_wish"]
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
        said = {"adult": "pupil", "decision": "refused", "via": "spoken", "key": uuid4()}
        answer = as_("principal").post(reverse("transfers:word", args=[transfer.pk]), said)
        assert answer.status_code == 422

    def test_whose_birthday_nobody_knows_is(self, cast, pupil):
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(born_on=None)
        assert transfers.agreed(cast).state == rules.ASKED
        assert pupil.get(reverse(PAGE)).status_code == 200
