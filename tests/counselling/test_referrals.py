"""Letters out and in: what allows them, what exactly they hold, where they are, and what stays secret."""

import secrets
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from psycopg2.sql import SQL, Identifier

from accounts.models import AccessRecord
from core import clock
from core.phones import readable
from core.printing import why_no_pdf
from counselling.cases import actions as case_actions
from counselling.cases.policies import AccessWithdrawn
from counselling.letters import package, rules
from counselling.letters.rules import Missing as M
from counselling.letters.rules import ReferralFacts
from counselling.models import Case, Referral, ReferralEntry, ReferralPlace
from counselling.referrals import actions, policies
from counselling.referrals import queries as referral_queries
from guardians.blocking import actions as blocking
from guardians.models import Adult, ContactPoint
from safeguarding.actions import run_intake
from safeguarding.models import Concern
from surveys.models import Seat
from tests.counselling.test_secrecy import new_key
from tests.factories import cases, referrals, surveys
from tests.factories.cast import Cast, make_adult, make_guardianship
from tests.pdfs import text_of_pdf

ON = date(2026, 11, 25)
LOOKED_AT = ("counselling_", "safeguarding_", "accounts_", "delivery_", "messaging_")
READY = ReferralFacts(
    rules.DRAFT,
    ON,
    has_place=True,
    has_asks=True,
    has_consent=True,
    is_consent_valid=True,
    due_on=date(2026, 12, 1),
)


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        (READY, ()),
        (replace(READY, has_place=False), (M.PLACE,)),
        (replace(READY, has_asks=False), (M.ASKS,)),
        (replace(READY, due_on=ON), (M.DUE,)),
        (replace(READY, due_on=None), (M.DUE,)),
        (replace(READY, is_consent_valid=False), (M.PERMISSION_OVER,)),
        (replace(READY, has_consent=False, is_consent_valid=False), (M.PERMISSION,)),
        (replace(READY, has_consent=False, ground="harm"), (M.GROUND_WORDS,)),
        (replace(READY, has_consent=False, ground="harm", has_ground_words=True), ()),
        (
            replace(READY, ground="harm", has_ground_words=True, handed="family"),
            (M.NOT_BY_FAMILY,),
        ),
        (replace(READY, handed="family"), ()),
        (replace(READY, handed="family", holds_others_words=True), ("others_words",)),
        (replace(READY, handed="post", holds_others_words=True), ()),
    ],
)
def test_what_is_missing_before_it_leaves(facts, missing):
    assert rules.missing(facts, rules.SENT) == missing


@pytest.mark.parametrize("state", rules.MOVES)
@pytest.mark.parametrize("to", rules.MOVES)
def test_every_move_that_is_not_in_the_table_is_refused(state, to):
    refused = rules.missing(replace(READY, state=state), to) == (M.NOT_FROM_HERE,)
    assert refused == (to not in rules.MOVES[state])


def test_a_place_that_is_gone_holds_back_no_letter_that_has_left():
    facts = replace(READY, state=rules.SENT, has_place=False, is_consent_valid=False)
    for to in rules.MOVES[rules.SENT]:
        assert rules.missing(facts, to) == ()


@pytest.mark.parametrize(
    ("state", "due_on", "due"),
    [
        (rules.SENT, ON, True),
        (rules.SENT, date(2026, 11, 26), False),
        (rules.ACCEPTED, ON, True),
        (rules.DRAFT, ON, False),
        (rules.DONE, ON, False),
        (rules.SENT, None, False),
    ],
)
def test_when_its_owner_is_asked(state, due_on, due):
    assert rules.is_due(state, due_on, ON) is due


def client_of(cast: Cast, who: str = "counsellor") -> Client:
    client = Client()
    client.force_login(cast.users[who], "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def case(cast) -> Case:
    return cases.make_case(cast)


@pytest.mark.django_db
class TestOut:
    def test_the_letter_holds_what_the_preview_showed(self, cast, case):
        cases.note(case, kind="assessment", words="跳绳好。夜里总醒")
        cases.note(case, kind="session", words=cases.SAID)
        made = referrals.draft(cast, case, parts=["carers", "assessment"])
        at = timezone.now()
        before = actions.preview(made, at)
        said = " ".join(line for one in before.sections for line in one.lines)
        assert referrals.ASKS in said
        assert "夜里总醒" in said
        assert "李秀兰" in said
        assert cases.SAID not in said  # not ticked
        assert "徐建军" not in said  # blocked
        sent = referrals.send(made)
        cases.note(case, kind="assessment", words="后来写的")
        assert actions.preview(sent, at) == before
        page = client_of(cast).get(reverse("counselling:referral", args=[made.pk]))
        assert "夜里总醒" in page.content.decode()
        if why_no_pdf():
            return
        address = reverse("counselling:referral_letter", args=[made.pk])
        text = text_of_pdf(client_of(cast).get(address).content).replace("\n", "")
        for line in ("夜里总醒", referrals.ASKS, referrals.CENTRE, "陈敏"):
            assert line in text
        assert "后来写的" not in text
        assert AccessRecord.objects.filter(what="referral letter").count() == 1

    @pytest.mark.parametrize("how", ["disputed_at", "failing_since"])
    def test_a_number_that_is_not_theirs_or_fails_is_not_handed_on(self, cast, case, how):
        made, at = referrals.draft(cast, case, parts=["carers"]), timezone.now()

        def lines() -> str:
            return " ".join(actions.preview(made, at).sections[-1].lines)

        mother = cast.adults["mother"]
        number = readable(mother.contact_points.get(kind="phone").address)
        assert number in lines()
        ContactPoint.objects.filter(adult=mother).update(**{how: at})
        assert number not in lines()
        assert mother.name in lines()

    def test_a_case_does_not_close_over_a_letter(self, cast, case):
        sent = referrals.send(referrals.draft(cast, case))
        cases.note(case, kind="summary", words="好了")
        given = {"case": case, "by": case.owner, "outcome": "reached", "at": clock.now()}
        with pytest.raises(case_actions.CannotMove, match="open_letters"):
            case_actions.move(to="closed", **given)
        actions.move(referral=sent, by=case.owner, to=rules.DONE, at=clock.now())
        assert case_actions.move(to="closed", **given).closed_at

    @pytest.mark.parametrize("changed", ["note", "place", "due_on", "child_said", "consent_on"])
    def test_what_changed_since_one_looked_does_not_leave(self, cast, case, changed):
        made = referrals.draft(cast, case, parts=["assessment"])
        at, on = timezone.now(), timezone.localdate()
        digest = package.digest_of(actions.preview(made, at))
        if changed == "note":
            cases.note(case, kind="assessment", words="刚写的")
        else:  # in a second tab
            values = {
                "place": referrals.place(cast, "另一处"),
                "due_on": on + timedelta(days=3),
                "child_said": "disagrees",
                "consent_on": on - timedelta(days=1),
            }
            referrals.write(cast, made, **{changed: values[changed]})
        with pytest.raises(actions.PackageChanged):
            actions.send(referral=made, by=case.owner, handed="post", digest=digest, at=at)
        assert not ReferralEntry.objects.filter(to_state=rules.SENT).exists()

    def test_a_second_print_is_what_was_handed_over(self, cast, case):
        sent = referrals.send(referrals.draft(cast, case))
        before = actions.preview(sent, timezone.now())
        assert (before.to, before.answer_by) == (referrals.CENTRE, sent.due_on)
        moved = actions.move(
            referral=sent, by=case.owner, to=rules.ACCEPTED, at=timezone.now(), due_on=None
        )
        assert moved.due_on != sent.due_on
        assert actions.preview(moved, timezone.now()) == before
        page = client_of(cast).get(reverse("counselling:referral", args=[sent.pk]))
        assert page.context["package"] == before

    def test_printed_again_by_another_reader_the_form_keeps_its_first_language(self, cast, case):
        with translation.override("zh-hans"):
            sent = referrals.send(referrals.draft(cast, case))
        client = client_of(cast)
        client.cookies["django_language"] = "en"
        paper = client.get(reverse("counselling:referral_letter", args=[sent.pk])).content
        text = paper.decode() if why_no_pdf() else text_of_pdf(paper)
        assert "转介信" in text
        for english in ("Letter of referral", "To:", "Printed by"):
            assert english not in text

    @pytest.mark.parametrize(
        ("parts", "source", "may"),
        [
            (["concerns"], "staff", False),
            (["concerns"], "danger", False),
            (["concerns"], "pupil", False),
            (["concerns"], "the mother, who agreed", True),
            (["concerns"], "the father", False),
            (["concerns"], "nobody knows who", False),
            (["assessment"], "the mother, who agreed", False),
            (["goals"], "the mother, who agreed", False),
            (["carers"], "danger", True),
        ],
    )
    def test_what_others_told_does_not_go_by_way_of_the_family(
        self, cast, case, parts, source, may
    ):
        tellers = {
            "the mother, who agreed": "mother",
            "the father": "father",
            "nobody knows who": "",
        }
        adult = cast.adults.get(tellers.get(source, ""))
        told = "family" if source in tellers else source
        Concern.objects.filter(cases=case).update(source=told, adult=adult)
        made = referrals.draft(cast, case, parts=parts)
        address = reverse("counselling:referral", args=[made.pk])
        page = client_of(cast).get(address).content.decode()
        assert ('value="family"' in page) is may
        digest = package.digest_of(actions.preview(made, timezone.now()))
        given = {"referral": made, "by": case.owner, "digest": digest, "at": timezone.now()}
        if not may:
            with pytest.raises(actions.CannotMove, match="others_words"):
                actions.send(handed="family", **given)
        assert actions.send(handed="family" if may else "post", **given).state == rules.SENT

    def test_whoever_agreed_and_was_blocked_since_allows_nothing(self, cast, case):
        made = referrals.draft(cast, case)
        blocking.block_adult(
            adult=cast.adults["mother"],
            reason="法院",
            by=cast.users["principal"],
            at=clock.now(),
        )
        with pytest.raises(actions.CannotMove, match="permission_over"):
            referrals.send(made)

    @pytest.mark.parametrize("how", ["ended", "deleted"])
    def test_a_place_taken_off_the_list(self, cast, case, how):
        sent, waits = referrals.send(referrals.draft(cast, case)), referrals.draft(cast, case)
        where = ReferralPlace.objects.get()
        if how == "ended":
            actions.end_place(place=where, at=timezone.now())
        else:
            where.delete()
        with pytest.raises(actions.CannotMove, match="place"):
            referrals.send(Referral.objects.select_related("case", "school").get(pk=waits.pk))
        done = actions.move(
            referral=Referral.objects.get(pk=sent.pk),
            by=case.owner,
            to=rules.DONE,
            words="来过三次",
            at=timezone.now(),
        )
        assert (done.state, done.place_name) == (rules.DONE, referrals.CENTRE)
        page = client_of(cast).get(reverse("counselling:referral", args=[sent.pk]))
        assert referrals.CENTRE in page.content.decode()

    def test_the_list_holds_places_of_one_school_that_are_still_offered(self, cast):
        here, gone = referrals.place(cast), referrals.place(cast, "另一处")
        actions.end_place(place=gone, at=timezone.now())
        ReferralPlace.objects.create(school=cast.other_school, kind="centre", name="别校的")
        assert list(policies.places_on_list([cast.school.pk])) == [here]

    def test_an_answer_that_is_due_stands_in_its_owners_today(self, cast, case):
        referrals.send(referrals.draft(cast, case))

        def rows(days: int, who: str = "counsellor") -> list[str]:
            at = clock.now() + timedelta(days=days)
            return [one.why for one in referral_queries.work_for(cast.users[who], at)]

        assert rows(13) == []
        (why,) = rows(14)
        assert referrals.ASKS not in why
        assert rows(14, "principal") == []

    def test_a_second_tap_changes_nothing_and_in_other_hands_nothing_is_written(self, cast, case):
        sent = referrals.send(referrals.draft(cast, case))
        digest = package.digest_of(actions.preview(sent, timezone.now()))
        at = timezone.now()
        actions.send(referral=sent, by=case.owner, handed="post", digest=digest, at=at)
        assert ReferralEntry.objects.filter(to_state=rules.SENT).count() == 1
        second = cases.second_counsellor(cast)
        case_actions.hand_over(case=case, by=case.owner, to=second, at=at)
        with pytest.raises(AccessWithdrawn):
            actions.move(referral=sent, by=cast.users["counsellor"], to=rules.DONE, at=at)
        address = reverse("counselling:referral", args=[sent.pk])
        assert client_of(cast).get(address).status_code == 404

    def form(self, cast, **data) -> dict:
        on = timezone.localdate()
        return {
            "key": "6f0c7a1e-0000-4000-8000-000000000001",
            "place": referrals.place(cast).pk,
            "asks": "别丢了我的话",
            "due_on": (on + timedelta(days=9)).isoformat(),
            "child_said": "agrees",
            **data,
        }

    @pytest.mark.parametrize(
        "bad",
        [
            {"asks": ""},
            {"due_on": "2020-01-01"},
            {"place": "0"},
            {"permission": "consent"},
            {"permission": "ground", "ground": "harm"},
            {"permission": "consent", "consent_by": "0"},
            {"parts": ["everything"]},
        ],
    )
    def test_what_cannot_be_is_said_and_the_words_stay(self, cast, case, bad):
        address = reverse("counselling:referral_new", args=[case.pk])
        response = client_of(cast).post(address, self.form(cast, **bad))
        assert response.status_code == 422
        assert ("别丢了我的话" in response.content.decode()) == ("asks" not in bad)
        assert not Referral.objects.exists()

    def test_two_tabs_of_a_letter_replace_nothing_unseen(self, cast, case):
        made, client = referrals.draft(cast, case), client_of(cast)
        page = reverse("counselling:referral", args=[made.pk])
        began = client.get(page).context["form"]["instead_of"].value()
        said = self.form(cast, asks="请尽快约她", instead_of=began)
        for _twice in range(2):
            assert client.post(page, said).status_code == 302
        late = self.form(cast, asks="不急，开学后再约", instead_of=began)
        answer = client.post(page, late)
        assert answer.status_code == 422
        assert answer.text.count("您在另一个页面里保存过另一个版本") == 1
        assert "换成我现在写的" in answer.text
        assert "请尽快约她" in answer.context["form"].newer.words
        assert "不急，开学后再约" in answer.text
        assert actions.words_in(Referral.objects.get())["asks"] == "请尽快约她"
        again = answer.context["form"]["instead_of"].value()
        assert f'value="{again}"' in answer.text
        assert client.post(page, late | {"instead_of": again}).status_code == 302
        assert actions.words_in(Referral.objects.get())["asks"] == "不急，开学后再约"

    def test_the_page_that_began_a_letter_does_not_replace_what_was_changed_in_it(self, cast, case):
        client, address = client_of(cast), reverse("counselling:referral_new", args=[case.pk])
        began = client.get(address).context["form"]["instead_of"].value()
        first = self.form(cast, instead_of=began)
        for _twice in range(2):
            assert client.post(address, first).status_code == 302
        made = Referral.objects.get()
        referrals.write(cast, made, asks="后来改的话")
        answer = client.post(
            address, first
        )  # the form that is still in another tab, or behind "back"
        assert answer.status_code == 422
        assert answer.text.count("您在另一个页面里保存过另一个版本") == 1
        assert "换成我现在写的" in answer.text
        assert "后来改的话" in answer.context["form"].newer.words
        assert actions.words_in(Referral.objects.get())["asks"] == "后来改的话"

    def test_written_on_the_page_and_handed_over(self, cast, case):
        client, address = client_of(cast), reverse("counselling:referral_new", args=[case.pk])
        ground = {"permission": "ground", "ground": "harm", "ground_words": "身上有伤"}
        for _ in range(2):
            assert client.post(address, self.form(cast, **ground)).status_code == 302
        made = Referral.objects.get()
        page = client.get(reverse("counselling:referral", args=[made.pk]))
        sending = {"handed": "post", "digest": page.context["send_form"].initial["digest"]}
        move = reverse("counselling:referral_move", args=[made.pk])
        assert 'value="family"' not in page.content.decode()
        refused = client.post(move, sending | {"handed": "family"})
        assert refused.status_code == 422
        assert not ReferralEntry.objects.filter(to_state=rules.SENT).exists()
        assert client.post(move, sending).status_code == 302
        made.refresh_from_db()
        assert (made.state, made.sent_by) == (rules.SENT, cast.users["counsellor"])

    def test_an_answer_about_self_harm_is_no_ground_that_somebody_may_harm_the_child(self, cast):
        surveys.say_yes(cast)
        surveys.begin(cast, surveys.open_round(cast, str(surveys.keep_scale(cast).pk)))
        surveys.answer(Seat.objects.get(), {"three": "1"}, finish=False)
        run_intake(clock.now())
        at, owner = clock.now(), cast.users["counsellor"]
        case = case_actions.open_case(concern=Concern.objects.get(), by=owner, at=at)
        address = reverse("counselling:referral_new", args=[case.pk])
        ground = {"permission": "ground", "ground": "harm", "ground_words": "答了想伤害自己"}
        response = client_of(cast).post(address, self.form(cast, **ground))
        assert response.status_code == 422
        assert set(response.context["form"].errors) == {"ground"}
        assert "别丢了我的话" in response.content.decode()
        ground["ground"] = "self_harm"
        assert client_of(cast).post(address, self.form(cast, **ground)).status_code == 302

    @pytest.mark.parametrize("step", ["write", "send", "answer", "letter"])
    def test_without_the_key_it_is_said_and_the_words_stay(self, cast, case, settings, step):
        made, client = referrals.draft(cast, case), client_of(cast)
        page = reverse("counselling:referral", args=[made.pk])
        digest = package.digest_of(actions.preview(made, timezone.now()))
        if step in ("answer", "letter"):
            referrals.send(made)
        settings.NOTE_KEYS = [new_key()]
        move = reverse("counselling:referral_move", args=[made.pk])
        response = {
            "write": lambda: client.post(page, self.form(cast)),
            "send": lambda: client.post(move, {"handed": "post", "digest": digest}),
            "answer": lambda: client.post(move, {"to": "rejected", "words": "别丢了我的话"}),
            "letter": lambda: client.get(reverse("counselling:referral_letter", args=[made.pk])),
        }[step]()
        assert response.status_code == 422
        text = response.content.decode()
        assert made.key_id in text
        assert ("别丢了我的话" in text) == (step in ("write", "answer"))
        made.refresh_from_db()
        assert made.closed_at is None

    def test_a_draft_whose_ticked_note_does_not_open_may_still_be_changed(
        self, cast, case, settings
    ):
        settings.NOTE_KEYS = [new_key(), *(old := settings.NOTE_KEYS)]
        cases.note(case, kind="assessment", words="后来写的")
        settings.NOTE_KEYS = old
        made = referrals.draft(cast, case, parts=["assessment"])
        client, page = client_of(cast), reverse("counselling:referral", args=[made.pk])
        assert referrals.ASKS in client.get(page).content.decode()
        assert client.post(page, self.form(cast)).status_code == 302  # no part ticked
        assert "send_form" in client.get(page).context

    def test_in_a_case_that_was_closed_meanwhile_no_letter_is_begun(self, cast, case):
        Case.objects.filter(pk=case.pk).update(state="closed", closed_at=timezone.now())
        address = reverse("counselling:referral_new", args=[case.pk])
        response = client_of(cast).post(address, self.form(cast))
        assert response.status_code == 422
        assert "别丢了我的话" in response.content.decode()
        assert not Referral.objects.exists()


@pytest.mark.django_db
class TestIn:
    def test_it_waits_and_is_taken_up_as_a_case(self, cast):
        came = referrals.letter_to_us(cast)
        by, at = cast.users["counsellor"], clock.now()
        assert len(referral_queries.work_for(by, at)) == 1
        for who in ("principal", "teacher"):
            assert referral_queries.work_for(cast.users[who], at) == []
        for _ in range(2):
            case = actions.take_up(referral=came, by=by, at=at)
            came = Referral.objects.get(pk=came.pk)
        assert (came.case, came.state, Case.objects.count()) == (case, rules.ACCEPTED, 1)
        assert referral_queries.work_for(by, at) == []

    def test_what_was_answered_meanwhile_is_not_taken_up_and_nothing_else_is_an_answer(self, cast):
        came, client = referrals.letter_to_us(cast), client_of(cast)
        move = reverse("counselling:referral_move", args=[came.pk])
        for to in (rules.ACCEPTED, rules.DONE, rules.REVOKED):
            assert client.post(move, {"to": to}).status_code == 422
        by, at = cast.users["counsellor"], clock.now()
        actions.move(referral=came, by=by, to=rules.REJECTED, at=at)
        assert client.post(move, {"take_up": "1"}).status_code == 422
        assert not Case.objects.exists()

    def test_of_two_counsellors_one_takes_it_up(self, cast):
        came, second = referrals.letter_to_us(cast), cases.second_counsellor(cast)
        actions.take_up(referral=came, by=cast.users["counsellor"], at=clock.now())
        with pytest.raises(AccessWithdrawn):
            actions.take_up(referral=came, by=second, at=clock.now())

    def test_where_a_colleague_keeps_a_case_it_is_said(self, cast, case):
        came = referrals.letter_to_us(cast)
        second = cases.second_counsellor(cast)
        move = reverse("counselling:referral_move", args=[came.pk])
        response = client_of(cast, "second").post(move, {"take_up": "1"})
        assert response.status_code == 422
        assert case.owner.name in response.content.decode()
        with pytest.raises(case_actions.KeptByAnother):
            actions.take_up(referral=came, by=second, at=clock.now())

    def test_written_down_twice_it_came_once(self, cast):
        child, on = cast.students["mengyao"].pk, timezone.localdate()
        address = reverse("counselling:referral_in", args=[child])
        day = (on + timedelta(days=9)).isoformat()
        given = {"key": uuid4(), "place_name": "医院", "place_kind": "hospital", "asks": "多留意"}
        for _ in range(2):
            sent = given | {"arrived_on": on.isoformat(), "due_on": day}
            assert client_of(cast).post(address, sent).status_code == 302
        assert ReferralEntry.objects.count() == 1

    def test_blocked_in_the_family_a_counsellor_sees_none(self, cast):
        came, user, at = referrals.letter_to_us(cast), cast.users["counsellor"], timezone.now()
        aunt = make_adult(cast.school, "陈敏", user=user)
        make_guardianship(cast.students["mengyao"], aunt, "relative")
        assert policies.referrals_kept_by(user, at).get() == came
        by = cast.users["principal"]
        Adult.objects.filter(pk=aunt.pk).update(blocked_at=at, blocked_by=by, blocked_reason="法院")
        assert not policies.referrals_visible_to(user, at).exists()
        with pytest.raises(Http404):
            policies.student_referred_to_us(user, came.student_id, at)

    def test_not_taken_on_is_written_down(self, cast):
        came = referrals.letter_to_us(cast)
        move = reverse("counselling:referral_move", args=[came.pk])
        client_of(cast).post(move, {"to": "rejected", "words": "孩子已转学"})
        came.refresh_from_db()
        assert came.state == rules.REJECTED
        assert actions.words_in(came)["answer"] == "孩子已转学"


@pytest.mark.django_db
def test_no_table_holds_a_word_of_a_letter(cast, case):
    """What a look into every row of the database shows."""
    said = f"暗号{secrets.token_hex(8)}"
    made = referrals.draft(cast, case, asks=said, ground="harm", ground_words=said)
    sent = referrals.send(made)
    actions.move(referral=sent, by=case.owner, to=rules.DONE, words=said, at=timezone.now())
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if table.startswith(LOOKED_AT):
                found = SQL("SELECT count(*) FROM {} t WHERE t::text LIKE %s")
                cursor.execute(found.format(Identifier(table)), [f"%{said}%"])
                assert cursor.fetchone()[0] == 0, table
