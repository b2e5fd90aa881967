"""A counsellor of another school reports suspected harm to the child that they look after, and reads no name
that the case does not show.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import AccessRecord
from counselling.guest_reports import presenters
from counselling.models import Engagement
from counselling.pool import actions as pool_actions
from delivery.models import OutboxMessage
from doors.family.readers import NOT_TOLD
from guardians.blocking import actions as blocking
from guardians.models import Adult, Guardianship
from safeguarding.models import Concern, Report, Suspect
from safeguarding.reports import actions as report_actions
from safeguarding.reports.policies import reports_visible_to
from safeguarding.reports.queries import report_work_for
from schools.models import Post
from students.models import Barrier
from tests.counselling.pool.happenings import (
    client_of,
    is_barred,
    is_of_the_family,
    is_suspected_elsewhere,
    leaves_the_post,
    shows,
)
from tests.factories import pool, reports
from tests.factories.cast import Cast, make_guardianship, make_post, make_user

pytestmark = pytest.mark.django_db
SAID = "他说昨晚又被打了"


@pytest.fixture
def case(cast, brief):
    return pool.accept(brief, cast.users["guest"])


def relative(cast: Cast, name: str, relation: str = "relative", **facts) -> Adult:
    adult = Adult.objects.create(school=cast.other_school, name=name, **facts)
    tie = make_guardianship(cast.students["yuan"], adult, relation)
    Guardianship.objects.filter(pk=tie.pk).update(may_see_file=False)
    return adult


def address(case) -> str:
    return reverse("counselling:case_report", args=[case.pk])


def written(**facts) -> dict:
    return {"key": uuid4(), "situation": "violence", "words": SAID, "child_now": "", **facts}


def send(cast, case, who="guest", **facts):
    return client_of(cast.users[who]).post(address(case), written(**facts))


def test_one_tap_from_each_page_about_the_child(cast, case):
    for name, *more in (("case",), ("case_give_back",), ("plan",), ("case_write", "note")):
        page = shows(cast, "guest", reverse(f"counselling:{name}", args=[case.pk, *more]))
        assert f'btn-report" href="{address(case)}"' in page
        assert reverse("safeguarding:report_new", args=[case.student_id]) not in page


def test_the_school_hears_of_it_as_if_a_colleague_had_reported(cast, case):
    answer = send(cast, case)
    report = Report.objects.get()
    assert answer["Location"] == reverse("safeguarding:report", args=[report.pk])
    assert (report.school, report.student) == (case.school, case.student)
    told = OutboxMessage.objects.get(dedupe_key=f"report:{report.pk}:{report_principal(cast).pk}")
    assert told.school == case.school
    concern = Concern.objects.get(source="report")
    assert (concern.school, concern.named_adult) == (case.school, report_principal(cast))
    assert SAID in shows(cast, "far_principal", answer["Location"])
    # The concern is the school's: the guest reads their report, no concern.
    opened = reverse("counselling:detail", args=[concern.pk])
    assert client_of(cast.users["guest"]).get(opened).status_code == 404


def report_principal(cast):
    return cast.users["far_principal"]


def test_of_the_family_only_whom_the_case_shows_stands_there_by_name(cast, case):
    relative(cast, "郝建军")
    relative(cast, "傅大成", "father")
    page = client_of(cast.users["guest"]).get(address(case))
    words = page.content.decode()
    assert "虎秀兰" in words
    assert not [name for name in ("郝建军", "郝", "傅大成", "傅") if name in words]
    assert len(page.context["form"].fields["adults"].queryset) == 3


def test_of_two_relatives_none_is_listed_and_a_name_that_is_written_means_one(cast, case):
    one = relative(cast, "郝建军")
    relative(cast, "郝建国")
    page = client_of(cast.users["guest"]).get(address(case))
    assert one not in page.context["form"].fields["adults"].queryset
    assert "郝" not in page.content.decode()
    assert send(cast, case, adults=[one.pk]).status_code == 422
    answer = send(cast, case, somebody="郝建军")
    assert Suspect.objects.get().adult == one
    one.refresh_from_db()
    assert one.is_blocked
    # What the guest reads afterwards says no name that the case did not show, save in their own words.
    assert "郝建" not in shows(cast, "guest", answer["Location"])


def test_whoever_is_named_loses_the_child_at_once_and_is_not_told(cast, case):
    user = report_principal(cast)
    key = uuid4()
    for _ in range(2):  # sent twice, it says the same
        answer = send(cast, case, users=[user.pk], key=key)
        assert answer.status_code == 302
    assert Barrier.objects.filter(user=user, student=case.student, held_by_report=True).exists()
    report = Report.objects.get()
    assert not OutboxMessage.objects.filter(dedupe_key=f"report:{report.pk}:{user.pk}").exists()
    assert client_of(user).get(answer["Location"]).status_code == 404


def test_no_list_of_the_staff(cast, case):
    teacher = make_user("third", "韩老师")
    make_post(teacher, "class_teacher", school=cast.other_school, school_class=cast.next_class)
    page = client_of(cast.users["guest"]).get(address(case))
    assert teacher not in page.context["form"].fields["users"].queryset
    assert "韩老师" not in page.content.decode()


def _gives_it_back(cast, brief):
    pool_actions.give_back(
        case=brief.engagement.case, by=cast.users["guest"], words="住院", at=timezone.now()
    )


def _is_sent_home(cast, brief):
    by = report_principal(cast)
    pool_actions.take_back(concern=brief.concern, by=by, at=timezone.now())


@pytest.mark.parametrize(
    "happens", [leaves_the_post, is_barred, is_of_the_family, is_suspected_elsewhere]
)
@pytest.mark.parametrize("first", [None, "_is_sent_home"])
def test_who_may_not_know_more_reports_nothing(cast, brief, case, happens, first):
    assert client_of(cast.users["guest"]).get(address(case)).status_code == 200
    if first:
        _is_sent_home(cast, brief)
    happens(cast, brief)
    assert client_of(cast.users["guest"]).get(address(case)).status_code == 404
    before = Report.objects.count()
    assert send(cast, case).status_code == 404
    assert Report.objects.count() == before


@pytest.mark.parametrize("happens", [_gives_it_back, _is_sent_home])
def test_what_they_were_writing_when_the_case_ended_is_kept(cast, brief, case, happens):
    guest = cast.users["guest"]
    happens(cast, brief)
    assert client_of(guest).get(address(case)).status_code == 404
    again = send(cast, case, words="")  # a mistake loses no words
    assert again.status_code == 422
    case_page = reverse("counselling:case", args=[case.pk])
    assert f'href="{case_page}"' not in again.content.decode()
    answer = send(cast, case)
    assert answer["Location"] == reverse("safeguarding:report", args=[Report.objects.get().pk])
    Engagement.objects.update(ended_at=timezone.now() - timedelta(hours=25))
    assert send(cast, case).status_code == 404


def test_a_form_that_is_sent_again_tries_no_names(cast, case):
    """With the same key nothing is closed and nobody hears: so nothing may be learned."""
    uncle = relative(cast, "郝建军")
    key = uuid4()
    assert send(cast, case, adults=[uncle.pk], key=key).status_code == 302
    for name in ("郝建军", "亲戚郝建军", "郝建国"):
        assert send(cast, case, somebody=name, key=key).status_code == 422
    assert Report.objects.count() == 1


def test_a_name_that_is_sent_twice_says_the_same(cast, case):
    relative(cast, "郝建军")
    relative(cast, "郝建国")
    key = uuid4()
    for _ in range(2):
        assert send(cast, case, somebody="郝建军", key=key).status_code == 302
    assert Report.objects.count() == Suspect.objects.count() == 1


@pytest.mark.parametrize("said", ["亲戚郝建军", "亲戚 郝建军"])
def test_of_two_relatives_one_is_meant_by_relation_and_name(cast, case, said):
    one = relative(cast, "郝建军")
    relative(cast, "郝建国")
    client = client_of(cast.users["guest"])
    answer = client.post(
        address(case), written(somebody=said), headers={"accept-language": "zh-hans"}
    )
    assert answer.status_code == 302
    assert Suspect.objects.get().adult == one


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_two_grandfathers_are_told_apart_in_each_language(cast, case, language):
    ids = {
        relative(cast, "郝建军", "paternal_grandfather").pk,
        relative(cast, "傅大成", "maternal_grandfather").pk,
    }
    with translation.override(language):
        found = presenters.people_for_guest(case, cast.users["guest"], timezone.now())
    assert ids <= set(found["adults"].values_list("pk", flat=True))
    assert len({found["relations"][pk] for pk in ids}) == 2


def test_opening_the_form_stands_in_the_access_log_and_not_on_the_familys_page(cast, case):
    client_of(cast.users["guest"]).get(address(case))
    row = AccessRecord.objects.filter(what="safeguard report form").get()
    assert (row.school_id, row.user_id) == (case.school_id, cast.users["guest"].pk)
    assert row.what.startswith(NOT_TOLD)


def test_today_leads_a_guest_to_their_report_and_to_no_file(cast, case):
    send(cast, case)
    (row,) = report_work_for(cast.users["guest"], timezone.now())
    assert row.student_id == 0
    (theirs,) = report_work_for(report_principal(cast), timezone.now())
    assert theirs.student_id == case.student_id


@pytest.mark.parametrize(
    ("happens", "is_seen"),
    [
        (_gives_it_back, True),
        (_is_sent_home, True),
        (leaves_the_post, False),
        (is_barred, False),
        (is_of_the_family, False),
        (is_suspected_elsewhere, False),
    ],
)
def test_their_own_report_stays_theirs_while_nothing_keeps_them(
    cast, brief, case, happens, is_seen
):
    page = send(cast, case)["Location"]
    happens(cast, brief)
    answer = client_of(cast.users["guest"]).get(page)
    assert answer.status_code == (200 if is_seen else 404)
    rows = report_work_for(cast.users["guest"], timezone.now())
    assert bool(rows) == is_seen


def test_no_other_report_and_no_word_of_others(cast, case):
    theirs = reports.make_report(cast, by="far_principal", student="yuan")
    page = send(cast, case)["Location"]
    report, guest = Report.objects.latest("pk"), cast.users["guest"]
    assert list(reports_visible_to(guest, timezone.localdate())) == [report]
    other = reverse("safeguarding:report", args=[theirs.pk])
    assert client_of(guest).get(other).status_code == 404
    at, by = timezone.now(), report_principal(cast)
    report_actions.add(report=report, by=by, words="奶奶马桂花也这么说", at=at, key=uuid4())
    report_actions.told(
        report=report, by=by, at=at, key=uuid4(), office="police", spoke_with="民警老赵", told_at=at
    )
    seen = shows(cast, "guest", page)
    assert not [word for word in ("马桂花", "老赵", "四年级1班") if word in seen]
    assert 'class="is-told"' in seen
    assert reverse("staff:child", args=[case.student_id]) not in seen
    assert "四年级1班" not in shows(cast, "guest", reverse("safeguarding:reports"))
    add = reverse("safeguarding:report_add", args=[report.pk])
    answer = client_of(guest).post(add, {"key": uuid4(), "words": "他今天又说了一次"})
    assert answer.status_code == 302
    assert "他今天又说了一次" in shows(cast, "guest", page)


def test_a_guest_opens_no_file_again(cast, case):
    blocked = relative(cast, "郝建军")
    send(cast, case, somebody="郝建军")
    suspect = Suspect.objects.get()
    lift = reverse("safeguarding:report_lift", args=[suspect.report_id, suspect.pk])
    answer = client_of(cast.users["guest"]).post(lift, {"reason": "搞错了"})
    assert answer.status_code == 404
    blocked.refresh_from_db()
    assert blocked.is_blocked
    assert client_of(report_principal(cast)).post(lift, {"reason": "搞错了"}).status_code == 302


def test_who_is_blocked_already_is_shown_by_what_they_are(cast, case):
    uncle, at = relative(cast, "郝建军"), timezone.now()
    blocking.block_adult(adult=uncle, reason="法院", by=report_principal(cast), at=at)
    page = client_of(cast.users["guest"]).get(address(case))
    assert uncle in page.context["form"].fields["adults"].queryset
    assert "郝" not in page.content.decode()


def test_colleagues_of_the_school_use_their_own_page(cast, case):
    own = make_user("own", "何老师")
    make_post(own, "counsellor", school=cast.other_school)
    assert client_of(own).get(address(case)).status_code == 404
    new = reverse("safeguarding:report_new", args=[case.student_id])
    assert client_of(own).get(new).status_code == 200
    assert Post.objects.filter(user=own).update(ends_on=timezone.localdate() - timedelta(days=1))
