"""To a school without Jiaqiao: what protects the child by phone, then the file on paper, then the receipt."""

from datetime import timedelta
from uuid import uuid4

import pgtrigger
import pytest
from django.db import InternalError, transaction
from django.urls import reverse
from django.utils import timezone

from doors.staff.today import work_of
from guardians.blocking import actions as blocking
from privacy.presenters import receipt_number
from students.models import Enrolment
from tests.factories import transfers
from transfers import actions, protecting, rules
from transfers.models import PaperPackage, PaperRecall, Protection, Transfer, TransferWord
from transfers.queries import paper_of, to_follow
from transfers.timeline import timeline

pytestmark = pytest.mark.django_db
PLACE, WHO = "温州市瓯海区实验小学", "王校长"


@pytest.fixture
def transfer(cast) -> Transfer:
    """The mother agrees; 徐建军 may not come near the child."""
    return transfers.agreed(cast, to_school=None, outside=PLACE, outside_to=WHO)


def url(page: str, transfer: Transfer) -> str:
    return reverse(f"transfers:{page}", args=[transfer.pk])


def call(as_, transfer: Transfer):
    counsellor = as_("counsellor")
    page = counsellor.get(url("protection", transfer))
    said = {"read": page.context["waits"], "told_to": "王校长"}
    return counsellor.post(url("called", transfer), said)


def put_into_print(as_, transfer: Transfer) -> Transfer:
    """A test is one transaction, and PostgreSQL's clock stands still in it: the paper is as old as it is."""
    as_("admin").post(url("print", transfer))
    newest = PaperPackage.objects.filter(transfer=transfer).order_by("pk").last()
    with pgtrigger.ignore():
        PaperPackage.objects.filter(pk=newest.pk).update(at=timezone.now())
    return transfer


def block(cast) -> None:
    blocking.block_adult(
        adult=cast.adults["grandmother"], by=cast.users["counsellor"], at=timezone.now(),
        reason="x" * 20,
    )  # fmt: skip


def receipt(**said) -> dict:
    today = timezone.localdate().isoformat()
    given = {"received_by": WHO, "received_on": today, "last_on": today, "reason": "to_parents"}
    return given | said


def test_the_form_takes_one_school_or_the_other(cast, as_):
    page = reverse("transfers:prepare", args=[cast.students["mengyao"].pk])
    said = {"parts": ["health"], "key": uuid4()}
    listed, outside = {"to_school": cast.other_school.pk}, {"outside": PLACE, "outside_to": WHO}
    for wrong in ({}, listed | outside, {"outside": PLACE}):
        assert as_("principal").post(page, said | wrong).status_code == 422
    assert as_("principal").post(page, said | outside).status_code == 302
    row = Transfer.objects.get()
    assert (row.to_school, row.outside, row.outside_to) == (None, PLACE, WHO)
    family = as_("mother").get(f"/f/transfers/{row.pk}/").content.decode()
    assert PLACE in family
    assert WHO in family


class TestFirstByPhone:
    def test_their_own_principal_and_counsellor_are_asked_and_nobody_there(self, cast, transfer):
        rows = Protection.objects.filter(transfer=transfer)
        assert {row.school for row in rows} == {cast.school}
        key = f"protection-{transfer.pk}"
        for who, is_asked in (("counsellor", True), ("principal", True), ("admin", False)):
            keys = [one.key for one in work_of(cast.users[who], timezone.now())]
            assert (key in keys) is is_asked, who
        for who in ("far_principal", "far_counsellor"):
            keys = [one.key for one in work_of(cast.users[who], timezone.now())]
            assert key not in keys, who

    def test_nothing_is_printed_before(self, cast, as_, transfer):
        assert as_("admin").post(url("print", transfer)).status_code == 409
        assert not PaperPackage.objects.exists()
        assert call(as_, transfer).status_code == 302
        row = Protection.objects.filter(transfer=transfer).first()
        assert (row.acknowledged_by, row.told_to) == (cast.users["counsellor"], WHO)
        assert as_("admin").post(url("print", transfer)).status_code == 302
        assert PaperPackage.objects.get().by == cast.users["admin"]

    def test_only_with_a_name(self, as_, transfer):
        page = as_("counsellor").get(url("protection", transfer))
        said = {"read": page.context["waits"], "told_to": ""}
        assert as_("counsellor").post(url("called", transfer), said).status_code == 422
        assert not Protection.objects.exclude(acknowledged_at=None).exists()

    def test_a_school_with_jiaqiao_confirms_for_itself(self, cast, as_):
        there = transfers.prepare(cast)
        said = {"read": [], "told_to": WHO}
        assert as_("counsellor").post(url("called", there), said).status_code == 404


class TestTheEnvelope:
    @pytest.fixture
    def printed(self, as_, transfer):
        call(as_, transfer)
        return put_into_print(as_, transfer)

    def test_holds_what_was_agreed_and_nothing_of_who_may_not_come_near(
        self, cast, as_, printed, monkeypatch
    ):
        package = PaperPackage.objects.get(transfer=printed)
        assert set(package.package) == set(printed.parts)
        monkeypatch.setattr("core.printing._lack", lambda: "pango")  # as a page, to be read here
        page = as_("admin").get(url("paper", printed)).content.decode()
        assert "徐梦瑶" in page
        assert WHO in page
        assert "王芳" in page
        assert "徐建军" not in page

    def test_is_a_pdf(self, as_, printed):
        answer = as_("admin").get(url("paper", printed))
        assert answer["Content-Type"] == "application/pdf"

    def test_the_receipt_closes_the_transfer_and_the_file(self, cast, as_, printed):
        office = as_("principal")
        assert office.get(url("transfer", printed)).context["receipt_form"]
        for _again in range(2):
            assert office.post(url("received", printed), receipt()).status_code == 302
        printed.refresh_from_db()
        assert (printed.state, printed.received_by) == (rules.ACCEPTED, WHO)
        row = Enrolment.objects.get(student=cast.students["mengyao"])
        assert (row.ends_on, row.left_reason, row.left_to) == (
            timezone.localdate(),
            "to_parents",
            PLACE,
        )
        shown = office.get(url("transfer", printed)).content.decode()
        assert WHO in shown
        family = as_("mother").get(f"/f/transfers/{printed.pk}/")
        assert family.context["is_gone"]
        assert family.context["number"]
        assert PLACE in family.content.decode()

    @pytest.mark.parametrize(
        ("field", "days"),
        [("received_by", None), ("received_on", 1), ("last_on", 90), ("last_on", -3000)],
    )
    def test_a_receipt_that_cannot_be(self, as_, printed, field, days):
        wrong = "" if days is None else (timezone.localdate() + timedelta(days=days)).isoformat()
        answer = as_("admin").post(url("received", printed), receipt(**{field: wrong}))
        assert answer.status_code == 422
        assert field in answer.context["receipt_form"].errors

    def test_a_no_stops_it_even_when_it_is_printed(self, cast, as_, printed):
        transfers.say(cast, printed, decision="refused")
        assert as_("admin").post(url("print", printed)).status_code == 409
        page = as_("admin").get(url("transfer", printed))
        assert page.context["paper"]
        assert not page.context["may_print"]
        assert Enrolment.objects.get(student=cast.students["mengyao"]).ends_on is None

    def test_what_had_arrived_before_the_no_is_noted(self, cast, as_, printed):
        transfers.say(cast, printed, decision="refused")
        office = as_("admin")
        form = office.get(url("transfer", printed)).context["receipt_form"]
        assert form.latest == timezone.localdate()
        assert office.post(url("received", printed), receipt()).status_code == 302
        printed.refresh_from_db()
        assert printed.state == rules.ACCEPTED
        assert printed.words.last().decision == "withdrawn"

    def test_what_arrived_after_the_no_is_not(self, cast, as_, printed):
        transfers.say(cast, printed, decision="refused")
        before = timezone.now() - timedelta(days=1)
        with pgtrigger.ignore():
            for turn, word in enumerate(printed.words.all()):
                moment = before + timedelta(seconds=turn)
                TransferWord.objects.filter(pk=word.pk).update(at=moment)
            PaperPackage.objects.filter(transfer=printed).update(at=before)
        answer = as_("admin").post(url("received", printed), receipt())
        assert answer.status_code == 422
        assert "received_on" in answer.context["receipt_form"].errors
        with pytest.raises(actions.NotOpen):
            actions.note_receipt(
                transfer=printed, by=cast.users["admin"], at=timezone.now(), received_by=WHO,
                received_on=timezone.localdate(), last_on=timezone.localdate(), reason="to_parents",
            )  # fmt: skip

    def test_the_childs_file_says_where_it_went_and_leads_there(self, cast, as_, printed):
        child = cast.students["mengyao"]
        before = timeline(child, cast.users["principal"], timezone.now(), 9)
        assert not before
        as_("admin").post(url("received", printed), receipt())
        at = timezone.now()
        [event] = timeline(child, cast.users["principal"], at, 9)
        assert PLACE in event.title
        assert event.url == url("transfer", printed)
        assert as_("principal").get(event.url).status_code == 200
        [event] = timeline(child, cast.users["teacher"], at, 9)
        assert event.url == ""

    def test_the_old_paper_does_not_go_once_something_has_changed(self, cast, as_, printed):
        block(cast)
        actions.follow(transfer=printed, at=timezone.now())
        assert as_("admin").get(url("paper", printed)).status_code == 409
        call(as_, printed)  # they know of it there, and the paper still holds the old family
        assert as_("admin").get(url("paper", printed)).status_code == 409
        put_into_print(as_, printed)
        assert as_("admin").get(url("paper", printed)).status_code == 200

    def test_nor_once_the_family_says_no(self, cast, as_, printed):
        transfers.say(cast, printed, decision="refused")
        assert as_("admin").get(url("paper", printed)).status_code == 409

    def test_once_it_has_gone_it_stays_as_a_proof(self, cast, as_, printed, monkeypatch):
        as_("admin").post(url("received", printed), receipt())
        block(cast)
        actions.follow(transfer=printed, at=timezone.now())
        monkeypatch.setattr("core.printing._lack", lambda: "pango")  # as a page, to be read here
        page = as_("admin").get(url("paper", printed)).content.decode()
        assert "王芳" in page
        assert receipt_number(paper_of(printed)) in page

    def test_what_comes_up_after_the_receipt_is_followed(self, cast, as_, printed):
        as_("admin").post(url("received", printed), receipt())
        block(cast)
        assert printed.pk in to_follow(timezone.now()).values_list("pk", flat=True)
        actions.follow(transfer=printed, at=timezone.now())
        assert protecting.unconfirmed(printed).exists()

    def test_a_refused_print_keeps_what_it_found(self, cast, as_, printed):
        block(cast)
        assert as_("admin").post(url("print", printed)).status_code == 409
        assert protecting.unconfirmed(printed).exists()


class TestCalledBack:
    REASON = "信封寄错了学校"

    @pytest.fixture
    def printed(self, as_, transfer):
        call(as_, transfer)
        return put_into_print(as_, transfer)

    def back(self, as_, printed, who="admin", **said):
        package = PaperPackage.objects.filter(transfer=printed).last()
        given = {"package": package.pk, "reason": self.REASON} | said
        return as_(who).post(url("call_back", printed), given)

    def test_it_is_void_with_name_and_reason(self, cast, as_, printed):
        assert self.back(as_, printed).status_code == 302
        recall = PaperRecall.objects.get()
        assert (recall.by, recall.reason) == (cast.users["admin"], self.REASON)
        page = as_("principal").get(url("transfer", printed)).content.decode()
        assert self.REASON in page
        assert cast.users["admin"].name in page
        assert as_("admin").get(url("paper", printed)).status_code == 409
        assert self.back(as_, printed).status_code == 302
        assert PaperRecall.objects.count() == 1

    def test_nobody_rewrites_it(self, as_, printed):
        self.back(as_, printed)
        with pytest.raises(InternalError), transaction.atomic():
            PaperRecall.objects.update(reason="")
        with pytest.raises(InternalError), transaction.atomic():
            PaperRecall.objects.all().delete()

    def test_only_with_a_reason(self, as_, printed):
        assert self.back(as_, printed, reason=" ").status_code == 422
        assert not PaperRecall.objects.exists()

    def test_not_once_the_receipt_is_there(self, as_, printed):
        as_("admin").post(url("received", printed), receipt())
        assert self.back(as_, printed).status_code == 409
        assert not PaperRecall.objects.exists()

    def test_not_the_one_that_was_printed_meanwhile(self, as_, printed):
        old = PaperPackage.objects.get(transfer=printed)
        put_into_print(as_, printed)
        assert self.back(as_, printed, package=old.pk).status_code == 409
        assert not PaperRecall.objects.exists()

    def test_what_came_later_is_no_receipt_and_what_came_before_is(self, as_, printed):
        day = timezone.localdate() - timedelta(days=2)
        with pgtrigger.ignore():
            PaperPackage.objects.update(at=timezone.now() - timedelta(days=4))
        self.back(as_, printed)
        with pgtrigger.ignore():
            PaperRecall.objects.update(at=timezone.now() - timedelta(days=1))
        assert as_("admin").post(url("received", printed), receipt()).status_code == 422
        said = receipt(received_on=day.isoformat())
        assert as_("admin").post(url("received", printed), said).status_code == 302
        printed.refresh_from_db()
        assert printed.state == Transfer.State.ACCEPTED

    def test_a_new_one_may_be_printed(self, as_, printed):
        self.back(as_, printed)
        put_into_print(as_, printed)
        assert as_("admin").get(url("paper", printed)).status_code == 200
        assert as_("admin").post(url("received", printed), receipt()).status_code == 302

    @pytest.mark.parametrize("decision", ["refused", "end"])
    def test_also_after_a_no_or_when_the_child_stays(self, cast, as_, printed, decision):
        if decision == "end":
            as_("admin").post(url("end", printed))
        else:
            transfers.say(cast, printed, decision=decision)
        assert self.back(as_, printed).status_code == 302
        page = as_("admin").get(url("transfer", printed)).content.decode()
        assert self.REASON in page


def test_without_a_receipt_or_a_package_nothing_closes(cast, as_, transfer):
    assert as_("admin").post(url("received", transfer), receipt()).status_code == 409
    assert as_("admin").get(url("paper", transfer)).status_code == 404
    with pytest.raises(actions.NotOpen):
        actions.accept(
            transfer=transfer, school_class=cast.far_class, starts_on=timezone.localdate(),
            existing=None, by=cast.users["far_admin"], at=timezone.now(),
        )  # fmt: skip


def test_it_is_printed_anew_as_the_file_is_then(cast, as_, transfer):
    call(as_, transfer)
    for allergies in ("", "花生"):
        cast.students["mengyao"].allergies = allergies
        cast.students["mengyao"].save()
        as_("admin").post(url("print", transfer))
    first, second = PaperPackage.objects.filter(transfer=transfer)
    assert first.package["health"]["fields"]["allergies"] == ""
    assert second.package["health"]["fields"]["allergies"] == "花生"
