"""The weekly question of a pupil and the carer's own: who is asked, how often, who sees what, and what
stops it.
"""

import json
from dataclasses import replace
from datetime import date, timedelta

import pgtrigger
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from core import clock
from core.weeks import monday_of
from doors.family.lines import lines_of
from guardians.models import Guardianship
from privacy import rules as privacy_rules
from privacy.models import Consent, PupilWord
from privacy.policies import pupils_refusing, students_allowing
from privacy.rules import Word
from safeguarding.early_warning.facts import facts_of
from safeguarding.early_warning.rules import Facts, judge
from safeguarding.models import Concern
from schools.models import Post
from students.actions import leave_school
from students.models import Enrolment, Student
from surveys import shipped
from surveys.models import Pulse
from surveys.pulses import actions, policies, presenters, queries, rules
from surveys.pulses.policies import Standing
from surveys.work import work_for
from tests.access.test_matrix import PICTURES_AT
from tests.factories.accounts import say
from tests.factories.barriers import bar_teacher
from tests.factories.cast import Cast, make_user
from tests.factories.pulses import (
    FINE,
    GOOD,
    LOW,
    SAD,
    TIRED,
    agree,
    answer_carer,
    answer_week,
    low_for_weeks,
    pupil_says,
)

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)


def weeks(*values: int | None, last: date = MONDAY) -> list[tuple[date, int | None]]:
    return [
        (last - timedelta(weeks=ago), value)
        for ago, value in zip(reversed(range(len(values))), values, strict=True)
    ]


def signed_in(cast: Cast, key: str) -> Client:
    client = Client()
    client.force_login(cast.users[key], "django.contrib.auth.backends.ModelBackend")
    return client


def pupil(cast: Cast, child: str = "mengyao") -> Client:
    client = Client()
    session = client.session
    session["pupil_id"] = cast.students[child].pk
    session["pupil_until"] = timezone.now().timestamp() + 600
    session[PICTURES_AT] = timezone.now().timestamp()
    session.save()
    return client


def body(response) -> str:
    return response.content.decode()


def as_grandmother(cast: Cast) -> str:
    """The account of the carer of 徐梦瑶 and 徐小宝."""
    adult = cast.adults["grandmother"]
    adult.user = cast.users["grandmother"] = make_user("family-grandmother", adult.name)
    adult.save()
    return "grandmother"


def today() -> date:
    return timezone.localdate(clock.now())


def keys_of(cast: Cast, user: str) -> list[str]:
    return [one.key for one in work_for(cast.users[user], clock.now()) if "pulse" in one.key]


def years_old(cast: Cast, years: int, child: str = "mengyao") -> None:
    born_on = today().replace(year=today().year - years) - timedelta(days=30)
    Student.objects.filter(pk=cast.students[child].pk).update(born_on=born_on)
    cast.students[child].refresh_from_db()


class TestRules:
    @pytest.mark.parametrize(
        ("last_on", "every", "due"),
        [
            (None, 1, True),
            (MONDAY, 1, False),
            (MONDAY - timedelta(weeks=1), 1, True),
            (MONDAY - timedelta(weeks=3), 4, False),
            (MONDAY - timedelta(weeks=4), 4, True),
        ],
    )
    def test_nobody_is_asked_twice_in_its_time(self, last_on, every, due):
        for day in range(7):
            assert rules.is_due(last_on, MONDAY + timedelta(days=day), every) is due

    @pytest.mark.parametrize(
        ("moods", "low"),
        [
            (weeks(), False),
            (weeks(1, 1), False),
            (weeks(2, 2, 2), True),
            (weeks(1, 2, 1), True),
            (weeks(2, 3, 2), False),
            (weeks(2, 2, 5), False),
            (weeks(5, 2, 2, 2), True),
            (weeks(2, None, 2, 2), True),  # a skipped week says nothing
            (weeks(2, 2, None), False),
            (weeks(2, None, None, None, 2, 2), False),  # too long ago
        ],
    )
    def test_low_is_three_answers_in_a_row_within_five_weeks(self, moods, low):
        assert rules.stays_low(moods, MONDAY) is low

    def test_a_class_teacher_is_not_asked_again_for_four_weeks(self):
        low = weeks(2, 2, 2)
        for ago, due in ((1, False), (3, False), (4, True)):
            assert rules.talk_is_due(low, MONDAY - timedelta(weeks=ago), MONDAY) is due

    def test_no_pulse_can_need_an_adult_at_once(self):
        for key in rules.EVERY_WEEKS:
            assert not shipped.instruments()[key].may_be_urgent

    @pytest.mark.parametrize(
        ("word", "born_on", "allows"),
        [
            (None, date(2012, 11, 29), True),  # 13 still
            (None, date(2012, 11, 28), False),  # 14 today
            (None, None, False),
            (Word("given", 1), date(2010, 1, 1), True),
            (Word("given", 0), date(2010, 1, 1), False),
            (Word("refused", 1), date(2018, 1, 1), False),
            (Word("withdrawn", 1), date(2010, 1, 1), False),
        ],
    )
    def test_from_fourteen_on_the_pupil_agrees_and_at_any_age_it_may_say_no(
        self, word, born_on, allows
    ):
        on = date(2026, 11, 28)
        assert privacy_rules.pupil_allows(word, 1, born_on, on) is allows

    def test_whoever_is_born_on_29_february(self):
        assert privacy_rules.agrees_if_born_until(date(2028, 2, 29)) == date(2014, 2, 28)


class TestConsent:
    @pytest.mark.parametrize("years", [9, 15])
    @pytest.mark.parametrize("family", [None, "given", "refused"])
    @pytest.mark.parametrize("own", [None, "given", "refused", "withdrawn"])
    def test_the_condition_in_sql_says_what_the_door_says(self, cast, years, family, own):
        years_old(cast, years)
        if family:
            agree(cast, family)
        if own == "withdrawn":
            pupil_says(cast, "given")
        if own:
            pupil_says(cast, "refused" if own == "withdrawn" else own)
        child = cast.students["mengyao"]
        is_on = students_allowing("weekly", today()).filter(pk=child.pk).exists()
        assert is_on is (family == "given" and (own == "given" or (own is None and years < 14)))
        assert (policies.standing_of(child, today()) is Standing.ON) is is_on
        assert pupils_refusing("weekly").filter(pk=child.pk).exists() is (
            own in ("refused", "withdrawn")
        )

    def test_a_yes_to_the_yearly_questions_is_no_yes_to_a_weekly_one(self, cast):
        say(cast, "screening", "given")
        assert policies.standing_of(cast.students["mengyao"], today()) is Standing.NOTHING
        assert pupil(cast).get(reverse("pupil:week")).url == reverse("pupil:home")

    def test_the_same_word_twice_is_one_word(self, cast):
        for _again in range(2):
            pupil_says(cast, "given")
        for _again in range(2):
            pupil_says(cast, "refused")
        decisions = PupilWord.objects.order_by("pk").values_list("decision", flat=True)
        assert list(decisions) == ["given", "withdrawn"]

    def test_the_family_does_not_read_what_the_pupil_said(self, cast):
        agree(cast)
        page = reverse("family_privacy:consent", args=[cast.students["mengyao"].pk, "weekly"])
        before = body(signed_in(cast, "mother").get(page))
        pupil_says(cast, "refused")
        after = body(signed_in(cast, "mother").get(page))
        assert "您的同意算数" in before
        assert "您的同意算数" in after

    def test_a_carer_decides_about_their_own_data_and_no_parent_for_them(self, cast):
        page = reverse("family_privacy:own_consent", args=["carer"])
        assert signed_in(cast, "mother").get(page).status_code == 404
        assert signed_in(cast, as_grandmother(cast)).get(page).status_code == 200

    def test_on_paper_too_a_carer_speaks_for_themselves(self, cast):
        page = reverse("privacy:consents", args=[cast.students["mengyao"].pk])
        said = {"decision": "given", "via": "paper", "key": "0" * 32}
        for adult, purpose, status in (
            ("mother", "carer", 422),
            ("grandmother", "weekly", 422),
            ("grandmother", "carer", 302),
        ):
            posted = said | {"adult": cast.adults[adult].pk, "purpose": purpose}
            assert signed_in(cast, "teacher").post(page, posted).status_code == status

    def test_the_school_asks_the_carer_and_not_the_parents(self, cast):
        page = reverse("privacy:ask", args=[cast.students["mengyao"].pk])
        signed_in(cast, "teacher").post(page, {"purpose": "carer"})
        lines = lines_of([cast.students["mengyao"].pk], [cast.adults["grandmother"]], clock.now())[
            cast.students["mengyao"].pk
        ]
        assert any("/f/privacy/consents/carer/" in line.url for line in lines)
        of_mother = lines_of([cast.students["mengyao"].pk], [cast.adults["mother"]], clock.now())
        assert not any(
            "consents/carer" in line.url for line in of_mother[cast.students["mengyao"].pk]
        )


class TestPupil:
    def test_two_taps_and_it_is_gone_for_the_week(self, cast):
        agree(cast)
        client, week = pupil(cast), reverse("pupil:week")
        assert week in body(client.get(reverse("pupil:home")))
        assert "这一周，你过得怎么样" in body(client.get(week))
        assert not Pulse.objects.exists()
        after = client.post(week, {"item": "mood", "option": FINE})
        assert after.url == f"{week}?item=listened"
        assert client.post(week, {"item": "listened", "option": "2"}).url == reverse(
            "pupil:week_done"
        )
        pulse = Pulse.objects.get()
        assert pulse.answers == {"mood": FINE, "listened": "2"}
        assert (pulse.student, pulse.finished_at is not None) == (cast.students["mengyao"], True)
        assert f'"{week}"' not in body(client.get(reverse("pupil:home")))

    def test_within_ten_minutes_a_slip_can_be_mended_and_later_not(self, cast):
        agree(cast)
        at = clock.now()
        whom = {"of": cast.students["mengyao"]}
        answer_week(cast, SAD, at=at)
        actions.answer(**whom, item="mood", option=FINE, at=at + timedelta(minutes=9))
        with pytest.raises(actions.Refused):
            actions.answer(**whom, item="mood", option=SAD, at=at + timedelta(minutes=11))
        assert Pulse.objects.get().answers["mood"] == FINE

    def test_not_this_week_closes_it_and_nobody_hears(self, cast):
        agree(cast)
        client = pupil(cast)
        gone = client.post(reverse("pupil:week"), {"leave_out": "1"})
        assert gone.url == reverse("pupil:home")
        assert Pulse.objects.get().answers == {"mood": "", "listened": ""}
        assert f'"{reverse("pupil:week")}"' not in body(client.get(reverse("pupil:home")))
        assert not keys_of(cast, "teacher")

    def test_a_tap_without_an_answer_says_so_and_keeps_nothing(self, cast):
        agree(cast)
        for posted in ({}, {"item": "mood", "option": "9"}, {"item": "other", "option": "1"}):
            response = pupil(cast).post(reverse("pupil:week"), posted)
            assert response.status_code == 422
            assert "请点一个" in body(response)
        assert not Pulse.objects.exists()

    def test_a_second_form_in_one_week_is_impossible(self, cast):
        agree(cast)
        first = answer_week(cast)
        with pytest.raises(IntegrityError), transaction.atomic():
            Pulse.objects.create(
                school=cast.school,
                student=first.student,
                edition=first.edition,
                week_on=first.week_on,
                begun_at=clock.now(),
            )

    def test_from_fourteen_on_it_asks_the_pupil_first(self, cast):
        years_old(cast, 14)
        agree(cast)
        client, page = pupil(cast), reverse("pupil:week_agree")
        assert client.get(reverse("pupil:week")).url == page
        assert page in body(client.get(reverse("pupil:home")))
        assert client.post(page, {}).status_code == 422
        assert client.post(page, {"decision": "given"}).url == reverse("pupil:week")
        assert client.get(reverse("pupil:week")).status_code == 200

    def test_a_pupil_of_any_age_ends_it_and_may_begin_again(self, cast):
        agree(cast)
        answer_week(cast, weeks_ago=1)
        client, page = pupil(cast), reverse("pupil:week_agree")
        client.post(page, {"decision": "refused"})
        home = body(client.get(reverse("pupil:home")))
        assert f'"{reverse("pupil:week")}"' not in home
        assert page in home
        assert client.get(reverse("pupil:week")).url == page
        actions.forget(at=clock.now())
        assert not Pulse.objects.exists()
        client.post(page, {"decision": "given"})
        assert f'"{reverse("pupil:week")}"' in body(client.get(reverse("pupil:home")))

    def test_the_words_can_be_heard_before_anybody_has_answered(self, cast):
        digest = queries.edition_for(cast.students["mengyao"]).digest
        assert digest in shipped.by_digest()


class TestCarer:
    @pytest.fixture
    def client(self, cast):
        return signed_in(cast, as_grandmother(cast))

    def test_five_questions_where_the_carer_agreed(self, cast, client):
        page = reverse("family_surveys:carer")
        assert client.get(page).url == reverse("family:home")
        say(cast, "carer", "given", adult="grandmother")
        assert body(client.get(reverse("family:home"))).count(page) == 1  # two children, one line
        assert "这一周，您过得怎么样" in body(client.get(page))
        for item, option in GOOD.items():
            after = client.post(page, {"item": item, "option": option})
        assert after.url == reverse("family_surveys:carer_done")
        assert client.get(after.url).status_code == 200
        pulse = Pulse.objects.get()
        assert (pulse.adult, pulse.student, pulse.asks_for_talk) == (
            cast.adults["grandmother"],
            None,
            False,
        )
        assert page not in body(client.get(reverse("family:home")))

    def test_asked_again_after_four_weeks(self, cast, client):
        say(cast, "carer", "given", adult="grandmother")
        adult = cast.adults["grandmother"]
        answer_carer(cast, weeks_ago=3)
        assert not queries.is_due(adult, today())
        Pulse.objects.update(week_on=monday_of(today()) - timedelta(weeks=4))
        assert queries.is_due(adult, today())

    def test_no_strength_asks_the_counsellor_to_look_and_no_teacher(self, cast):
        say(cast, "carer", "given", adult="grandmother")
        pulse = answer_carer(cast, TIRED)
        assert keys_of(cast, "counsellor") == [f"pulse-{pulse.pk}"]
        assert not keys_of(cast, "teacher")
        assert not keys_of(cast, "principal")
        page = reverse("surveys:over_time", args=[cast.students["mengyao"].pk])
        assert "李秀兰" in body(signed_in(cast, "counsellor").get(page))
        told = signed_in(cast, "counsellor").post(reverse("surveys:talked", args=[pulse.pk]))
        assert told.status_code == 302
        assert not keys_of(cast, "counsellor")

    def test_who_no_longer_cares_for_a_child_is_not_looked_at_through_it(self, cast):
        say(cast, "carer", "given", adult="grandmother")
        pulse = answer_carer(cast, TIRED)
        noted = reverse("surveys:talked", args=[pulse.pk])
        assert policies.talks_asked_of(cast.users["counsellor"], today()).get() == pulse
        ties = Guardianship.objects.filter(adult=cast.adults["grandmother"])
        ties.update(ends_on=today() - timedelta(days=1))
        assert not policies.talks_asked_of(cast.users["counsellor"], today()).exists()
        assert not keys_of(cast, "counsellor")
        assert signed_in(cast, "counsellor").post(noted).status_code == 404
        # One child is enough.
        ties.filter(student=cast.students["xiaobao"]).update(ends_on=None)
        assert policies.talks_asked_of(cast.users["counsellor"], today()).get() == pulse
        assert keys_of(cast, "counsellor") == [f"pulse-{pulse.pk}"]

    def test_a_no_hides_it_at_once_and_deletes_it_by_night(self, cast):
        say(cast, "carer", "given", adult="grandmother")
        answer_carer(cast, TIRED)
        say(cast, "carer", "refused", adult="grandmother")
        assert not keys_of(cast, "counsellor")
        assert not presenters.lines_of(cast.students["mengyao"], today())
        assert actions.forget(at=clock.now()) == 1


class TestTalk:
    def test_a_mood_that_stays_low_asks_the_class_teacher_and_shows_no_answer(self, cast):
        pulse = low_for_weeks(cast)
        assert keys_of(cast, "teacher") == [f"pulse-{pulse.pk}"]
        for other in ("next_teacher", "counsellor", "principal", "admin"):
            assert not keys_of(cast, other)
        row = next(
            one for one in work_for(cast.users["teacher"], clock.now()) if "pulse" in one.key
        )
        for word in ("难过", "心情", "点", "题"):
            assert word not in row.why
        assert not Concern.objects.exists()

    @pytest.mark.parametrize("why", ["no_teacher", "barred", "gone"])
    def test_where_no_class_teacher_may_know_the_counsellor_is_asked(self, cast, why):
        agree(cast)
        pulse, at = low_for_weeks(cast), clock.now()
        posts = Post.objects.filter(user=cast.users["teacher"])
        assert work_for(cast.users["counsellor"], at) == []
        if why == "no_teacher":
            posts.update(ends_on=today() - timedelta(days=1))
        elif why == "barred":
            bar_teacher(cast)
        else:
            User.objects.filter(posts__in=posts).update(is_active=False)
        [asked] = work_for(cast.users["counsellor"], at)
        assert asked.key == f"pulse-{pulse.pk}"
        assert "5" not in asked.why
        client = signed_in(cast, "counsellor")
        assert client.post(asked.act_url, headers={"HX-Request": "true"}).status_code == 200
        assert work_for(cast.users["counsellor"], at) == []

    @pytest.mark.parametrize("reason", ["other_school", "to_parents", "dropped_out"])
    def test_a_child_at_another_school_is_not_talked_to_here(self, cast, reason):
        """One that has stopped coming still is: nobody else would."""
        pulse = low_for_weeks(cast)
        leave_school(
            student=cast.students["mengyao"],
            left_on=today() - timedelta(days=1),
            reason=reason,
            left_to="",
            by=cast.users["teacher"],
        )
        assert not keys_of(cast, "teacher")
        is_asked = reason == "dropped_out"
        assert keys_of(cast, "counsellor") == ([f"pulse-{pulse.pk}"] if is_asked else [])

    def test_two_low_weeks_ask_nobody(self, cast):
        low_for_weeks(cast, weeks=2)
        assert not keys_of(cast, "teacher")

    def test_the_talk_settles_it_and_nobody_is_asked_again_next_week(self, cast):
        pulse = low_for_weeks(cast)
        done = signed_in(cast, "teacher").post(
            reverse("surveys:talked", args=[pulse.pk]), headers={"HX-Request": "true"}
        )
        assert "谢谢" in body(done)
        assert not keys_of(cast, "teacher")
        later = answer_week(cast, LOW, at=clock.now() + timedelta(weeks=1))
        assert not later.asks_for_talk
        pulse.refresh_from_db()
        assert pulse.talked_by == cast.users["teacher"]
        # A new row does not bring back the one that is settled.
        waits = low_for_weeks(cast, child="xiaobao")
        assert keys_of(cast, "teacher") == [f"pulse-{waits.pk}"]

    @pytest.mark.parametrize("who", ["family", "pupil"])
    def test_a_no_takes_the_row_away_at_once(self, cast, who):
        low_for_weeks(cast)
        assert keys_of(cast, "teacher")
        if who == "family":
            agree(cast, "refused")
        else:
            pupil_says(cast, "refused")
        assert not keys_of(cast, "teacher")
        page = reverse("surveys:over_time", args=[cast.students["mengyao"].pk])
        assert "pulse-line" not in body(signed_in(cast, "counsellor").get(page))
        assert actions.forget(at=clock.now()) == rules.LOW_ANSWERS


class TestSignal:
    def facts(self, cast: Cast, **fields) -> Facts:
        rows = facts_of([cast.school.pk], today())
        found = next(facts for child, _, facts in rows if child == cast.students["mengyao"].pk)
        return replace(found, **fields)

    def test_alone_it_is_no_hint_and_with_a_second_domain_it_is(self, cast):
        low_for_weeks(cast)
        alone = judge(self.facts(cast, silent_since=None, unreachable_since=None), today())
        assert not alone.is_raised
        noted = self.facts(cast, notes=9, noted_on=today(), silent_since=None)
        assert judge(noted, today()).is_raised
        worse = self.facts(cast, score_is_worse=True, scored_on=today(), silent_since=None)
        assert not judge(worse, today()).is_raised  # both are what the child says of itself

    def test_after_a_no_it_is_no_signal(self, cast):
        low_for_weeks(cast)
        assert self.facts(cast).low_on is not None
        pupil_says(cast, "refused")
        assert self.facts(cast).low_on is None


class TestLine:
    def test_the_counsellor_sees_one_child_s_line_with_its_answers(self, cast):
        low_for_weeks(cast)
        page = reverse("surveys:over_time", args=[cast.students["mengyao"].pk])
        seen = body(signed_in(cast, "counsellor").get(page))
        assert "pulse-line" in seen
        assert seen.count("有点难过") > rules.LOW_ANSWERS
        assert signed_in(cast, "teacher").get(page).status_code == 404
        assert cast.students["mengyao"].name in body(
            signed_in(cast, "counsellor").get(reverse("surveys:pulses"))
        )

    def test_a_week_without_an_answer_is_a_dotted_bridge(self, cast):
        agree(cast)
        for ago in (4, 3, 0):
            answer_week(cast, FINE, weeks_ago=ago)
        line = presenters.lines_of(cast.students["mengyao"], today())[0]
        assert line.solid.count("M") == 1
        assert line.dotted.count("M") == 1
        assert len(line.points) == len(line.rows) == 3


class TestForgetting:
    def test_after_a_year_and_when_the_child_has_left(self, cast):
        agree(cast)
        agree(cast, child="xiaobao")
        answer_week(cast, weeks_ago=rules.KEPT_WEEKS + 1)
        answer_week(cast, weeks_ago=1)
        left = answer_week(cast, weeks_ago=1, child="xiaobao")
        assert actions.forget(at=clock.now()) == 1
        gone_on = today() - timedelta(days=rules.LEFT_DAYS + 1)
        Enrolment.objects.filter(student=left.student).update(ends_on=gone_on)
        assert actions.forget(at=clock.now()) == 1
        assert Pulse.objects.get().student == cast.students["mengyao"]

    def test_a_new_text_hides_them_and_deletes_nothing(self, cast):
        say(cast, "carer", "given", adult="grandmother")
        low_for_weeks(cast)
        answer_carer(cast)
        with pgtrigger.ignore():
            Consent.objects.update(text_version=0)
        assert not keys_of(cast, "teacher")
        assert not presenters.lines_of(cast.students["mengyao"], today())
        assert actions.forget(at=clock.now()) == 0

    def test_answers_are_no_part_of_any_history(self, cast):
        low_for_weeks(cast)
        assert json.dumps(Pulse.objects.first().answers)
        assert not hasattr(Pulse, "events")
