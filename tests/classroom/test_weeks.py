"""The week of a class: a draft, one message to each adult, one page for all; it can be taken back at any
time.
"""

from datetime import timedelta

import pytest
from django.urls import reverse

from classroom.models import ClassWeek, Thanks
from classroom.rules import LINK_STANDS_DAYS, TELL_AFTER_MINUTES
from classroom.weeks import actions
from core import clock
from delivery.models import OutboxMessage
from guardians.models import Guardianship
from students.models import Enrolment
from tests.days import today
from tests.factories.outbox import standing
from tests.factories.school_life import WEEK_WORDS, agree, block, draft_week, sent_week, token_of


def told(at=None):
    """Return who gets a message about a week that still applies."""
    found = standing(at or clock.now() + timedelta(minutes=TELL_AFTER_MINUTES + 1))
    return sorted(one.adult.name for one in found.values())


class TestWriting:
    def test_from_nothing_to_the_families(self, cast, sign_in):
        agree(cast)
        client = sign_in("teacher")
        begun = client.post(reverse("classroom:weeks"))
        week = ClassWeek.objects.get()
        assert begun["Location"] == reverse("classroom:week", args=[week.pk])
        assert client.post(begun["Location"], {"words": "  "}).status_code == 422
        saved = client.post(begun["Location"], {"words": WEEK_WORDS})
        shown = client.get(saved["Location"])
        assert WEEK_WORDS in shown.content.decode()
        assert told() == []
        client.post(reverse("classroom:week_send", args=[week.pk]), {"seen": shown.context["seen"]})
        assert told() == [
            "李秀兰",
            "王芳",
        ]  # one each, although they have two children in the class

    def test_two_tabs_replace_nothing_unseen(self, cast, sign_in):
        week, client = draft_week(cast), sign_in("teacher")
        url = reverse("classroom:week", args=[week.pk])
        seen = client.get(url).context["form"]["instead_of"].value()
        client.post(url, {"words": "我们去了河边", "instead_of": seen})
        answer = client.post(url, {"words": "我们种了树", "instead_of": seen})
        assert answer.status_code == 422
        assert "您在另一个页面里保存过另一个版本" in answer.text
        assert "换成我现在写的" in answer.text
        for words in ("我们去了河边", "我们种了树"):
            assert words in answer.content.decode()
        week.refresh_from_db()
        assert week.words == "我们去了河边"
        again = answer.context["form"]["instead_of"].value()
        client.post(url, {"words": "我们种了树", "instead_of": again})
        week.refresh_from_db()
        assert week.words == "我们种了树"

    def test_what_was_typed_stays_on_the_page_if_the_week_was_sent_meanwhile(self, cast, sign_in):
        agree(cast)
        week, client = sent_week(cast), sign_in("teacher")
        answer = client.post(reverse("classroom:week", args=[week.pk]), {"words": "我们种了树"})
        assert answer.status_code == 422
        assert "我们种了树" in answer.content.decode()
        week.refresh_from_db()
        assert week.words == WEEK_WORDS

    def test_what_a_colleague_wrote_since_is_looked_at_first(self, cast, sign_in):
        agree(cast)
        week, client = draft_week(cast), sign_in("teacher")
        page = client.get(reverse("classroom:week", args=[week.pk]) + "?preview=1")
        actions.write_week(
            week=week,
            words="别的话",
            by=cast.users["teacher"],
            at=clock.now() + timedelta(seconds=1),
        )
        seen = {"seen": page.context["seen"]}
        client.post(reverse("classroom:week_send", args=[week.pk]), seen)
        week.refresh_from_db()
        assert week.sent_at is None
        assert told() == []

    def test_families_hear_of_it_ten_minutes_later_and_within_a_week(self, cast):
        agree(cast)
        week = sent_week(cast, ())
        row = OutboxMessage.objects.filter(adult=cast.adults["mother"], kind="notice").get()
        assert row.due_at == week.sent_at + timedelta(minutes=10)
        assert row.expires_at == week.sent_at + timedelta(days=7)

    def test_one_page_for_a_class_and_week(self, cast, sign_in):
        for _time in range(2):
            sign_in("teacher").post(reverse("classroom:weeks"))
        assert ClassWeek.objects.count() == 1

    @pytest.mark.parametrize("name", ["principal", "counsellor", "next_teacher"])
    def test_only_the_class_teacher_writes(self, cast, sign_in, name):
        week = draft_week(cast)
        client = sign_in(name)
        own = f"?class={cast.school_class.pk}"
        for url in (
            reverse("classroom:weeks") + own,
            reverse("classroom:week", args=[week.pk]),
            reverse("classroom:week_send", args=[week.pk]),
        ):
            assert client.post(url, {"words": "x"}).status_code == 404
        # still a draft
        assert client.get(reverse("classroom:week", args=[week.pk])).status_code == 404
        week.refresh_from_db()
        assert (week.words, week.sent_at) == (WEEK_WORDS, None)

    def test_what_families_have_read_does_not_change(self, cast, sign_in):
        week = sent_week(cast, ())
        sign_in("teacher").post(reverse("classroom:week", args=[week.pk]), {"words": "别的"})
        week.refresh_from_db()
        assert week.words == WEEK_WORDS


class TestMessages:
    def test_sent_twice_goes_once(self, cast):
        week = sent_week(cast, ())
        assert not actions.send_week(week=week, seen=actions.as_shown(week), at=clock.now())
        assert len(told()) == 2

    def test_nothing_is_said_of_an_empty_page(self, cast):
        week = draft_week(cast, words="")
        assert not actions.send_week(week=week, seen=actions.as_shown(week), at=clock.now())

    def test_no_message_to_whom_is_blocked_or_may_not_know(self, cast):
        sent_week(cast, ())
        assert "徐建军" not in told()
        Guardianship.objects.filter(adult=cast.adults["grandmother"]).update(may_see_file=False)
        assert told() == ["王芳"]
        block(cast, cast.adults["mother"])
        assert told() == []

    def test_taken_back_in_time_nobody_hears_of_it(self, cast):
        actions.take_back(week=sent_week(cast, ()), at=clock.now())
        assert told() == []

    def test_a_family_that_left_the_class_is_not_told(self, cast):
        sent_week(cast, ())
        yesterday = today() - timedelta(days=1)
        Enrolment.objects.filter(school_class=cast.school_class).update(ends_on=yesterday)
        assert told() == []


class TestFamilies:
    @pytest.fixture
    def week(self, cast):
        agree(cast)
        return sent_week(cast)

    def url(self, week, cast, adult="mother"):
        return reverse("family_classroom:week_link", args=[token_of(week, cast.adults[adult])])

    def test_the_link_opens_words_and_no_picture(self, client, cast, week):
        html = client.get(self.url(week, cast)).content.decode()
        assert WEEK_WORDS in html
        assert "<img" not in html
        assert reverse("family_classroom:week", args=[week.pk]) in html

    def test_signed_in_it_has_its_pictures(self, client, cast, week):
        client.force_login(cast.users["mother"])
        html = client.get(reverse("family_classroom:week", args=[week.pk])).content.decode()
        assert reverse("family_classroom:picture", args=[week.pictures.get().pk]) in html
        assert 'loading="lazy"' in html
        assert "徐梦瑶" not in html  # no name is shown with a picture

    def test_it_stands_on_the_childs_page(self, client, cast, week):
        client.force_login(cast.users["mother"])
        page = client.get(reverse("family:child", args=[cast.students["mengyao"].pk]))
        assert reverse("family_classroom:week", args=[week.pk]) in page.content.decode()

    def test_another_class_does_not_see_it(self, client, cast, week):
        client.force_login(cast.users["other_mother"])
        assert client.get(reverse("family_classroom:week", args=[week.pk])).status_code == 404
        assert client.get(self.url(week, cast, "other_mother")).status_code == 404

    def test_the_link_is_over(self, client, cast, week):
        url = self.url(week, cast)
        assert client.get(url[:-3] + "xx/").status_code == 404
        assert client.get(url).status_code == 200
        ClassWeek.objects.update(sent_at=clock.now() - timedelta(days=LINK_STANDS_DAYS))
        assert client.get(url).status_code == 404

    def test_the_link_of_somebody_blocked_is_over(self, client, cast, week):
        assert client.get(self.url(week, cast, "father")).status_code == 404
        block(cast, cast.adults["mother"])
        assert client.get(self.url(week, cast)).status_code == 404

    def test_taken_back_it_is_gone_for_families(self, client, cast, week):
        picture = reverse("family_classroom:picture", args=[week.pictures.get().pk])
        actions.take_back(week=week, at=clock.now())
        assert client.get(self.url(week, cast)).status_code == 404
        client.force_login(cast.users["mother"])
        assert client.get(reverse("family_classroom:week", args=[week.pk])).status_code == 404
        assert client.get(picture).status_code == 404

    def test_thank_you_counts_once_and_reaches_the_teacher(self, client, cast, week, sign_in):
        url = self.url(week, cast)
        client.get(url)
        assert not Thanks.objects.exists()  # a preview records nothing
        for _time in range(2):
            assert client.post(url).status_code == 302
        assert Thanks.objects.get().adult == cast.adults["mother"]
        page = sign_in("teacher").get(reverse("classroom:week", args=[week.pk]))
        assert "王芳" in page.content.decode()
