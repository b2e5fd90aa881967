"""Studies: opened by the counsellor, agreed to by each family, on its page or on paper."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from guardians.models import Adult
from schools.models import SchoolClass
from students.models import Enrolment, Student
from surveys.family import family_lines
from surveys.models import Seat, Study, StudyWord
from surveys.studies.actions import end_study
from surveys.studies.policies import children_agreed
from tests.factories.cast import make_student
from tests.factories.factors import give_factor
from tests.factories.studies import RECIPIENT, make_study, say

BACKEND = "django.contrib.auth.backends.ModelBackend"

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(cast) -> Study:
    return make_study(cast)


@pytest.fixture
def child(cast) -> Student:
    return cast.students["mengyao"]


def signed_in(cast, who: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.users[who], BACKEND)
    return client


@pytest.fixture
def counsellor(cast) -> Client:
    give_factor(cast.users["counsellor"])
    return signed_in(cast, "counsellor")


def agreed(study) -> set[int]:
    return set(children_agreed(study, timezone.localdate()).values_list("pk", flat=True))


def address(study, child) -> str:
    return reverse("family_surveys:study", args=[study.pk, child.pk])


def given(**fields) -> dict:
    until = timezone.localdate() + timedelta(days=100)
    return {
        "key": str(uuid4()),
        "recipient": RECIPIENT,
        "purpose": "了解孩子。",
        "ethics": "2026-118",
        "until": until.isoformat(),
    } | fields


def test_the_counsellor_opens_one_once_and_ends_it(cast, study, counsellor):
    form = given(round=study.round_id)
    for _time in range(2):
        assert counsellor.post(reverse("surveys:study_new"), form).status_code == 302
    made = Study.objects.exclude(pk=study.pk).get()
    assert made.opened_by == cast.users["counsellor"]
    assert RECIPIENT in counsellor.get(reverse("surveys:studies")).content.decode()
    counsellor.post(reverse("surveys:study_end", args=[made.pk]))
    made.refresh_from_db()
    assert not made.is_open(timezone.localdate())


@pytest.mark.parametrize(
    "change",
    [
        {"ethics": ""},
        {"recipient": " "},
        {"purpose": ""},
        {"until": timezone.localdate().isoformat()},
        {"until": (timezone.localdate() + timedelta(days=731)).isoformat()},
        {"round": ""},
    ],
)
def test_without_ethics_recipient_purpose_and_a_day_there_is_none(study, counsellor, change):
    form = given(round=study.round_id) | change
    answer = counsellor.post(reverse("surveys:study_new"), form)
    assert answer.status_code == 422
    assert Study.objects.count() == 1


def test_what_adults_answer_is_for_no_study(cast, counsellor, study):
    study.round.how = "home"
    study.round.save()
    form = given(round=study.round_id)
    assert counsellor.post(reverse("surveys:study_new"), form).status_code == 422


def test_a_family_reads_it_says_yes_and_takes_it_back(cast, study, child):
    mother = signed_in(cast, "mother")
    page = mother.get(address(study, child)).content.decode()
    assert RECIPIENT in page
    assert study.purpose in page
    assert study.ethics in page
    assert not StudyWord.objects.exists()  # opening it records nothing
    assert agreed(study) == set()  # silence is no
    key = str(uuid4())
    for _time in range(2):
        mother.post(address(study, child), {"decision": "given", "key": key})
    word = StudyWord.objects.get()
    assert (word.adult, word.via) == (cast.adults["mother"], "family_page")
    assert agreed(study) == {child.pk}
    mother.post(address(study, child), {"decision": "refused", "key": str(uuid4())})
    assert agreed(study) == set()
    assert StudyWord.objects.first().decision == "withdrawn"


@pytest.mark.parametrize("left_reason", ["", "to_parents"])
def test_a_yes_can_be_taken_back_by_a_child_who_is_in_another_class_or_has_left(
    cast, study, child, counsellor, left_reason
):
    say(study, child)
    today = timezone.localdate()
    yesterday = today - timedelta(days=1)
    child.enrolments.update(ends_on=yesterday, left_reason=left_reason)
    if not left_reason:
        other = SchoolClass.objects.create(
            school=cast.school,
            grade=cast.school_class.grade,
            number=9,
            name="外班",
        )
        Enrolment.objects.create(
            school=cast.school, student=child, school_class=other, starts_on=today
        )
    assert agreed(study) == {child.pk}
    assert [one for one in lines(cast, child) if RECIPIENT in one]
    page = counsellor.get(reverse("surveys:study", args=[study.pk])).content.decode()
    assert child.name in page
    tie = child.guardianships.get(adult=cast.adults["mother"])
    assert f'value="{tie.pk}"' in page
    answer = signed_in(cast, "mother").post(
        address(study, child), {"decision": "refused", "key": str(uuid4())}
    )
    assert answer.status_code == 302
    assert agreed(study) == set()


def test_a_child_who_has_answered_is_asked_about_in_another_class_too(cast, study, child):
    child.enrolments.update(ends_on=timezone.localdate() - timedelta(days=1))
    assert not lines(cast, child)
    Seat.objects.create(school=cast.school, round=study.round, student=child)
    assert [one for one in lines(cast, child) if RECIPIENT in one]


def test_from_one_page_a_no_that_follows_a_yes_always_counts(cast, study, child):
    mother, key = signed_in(cast, "mother"), str(uuid4())

    def press(decision: str) -> list[str]:
        answer = mother.post(address(study, child), {"decision": decision, "key": key})
        assert answer.status_code == 302
        return [*StudyWord.objects.order_by("pk").values_list("decision", flat=True)]

    assert press("given") == ["given"]
    assert press("refused") == press("refused") == ["given", "withdrawn"]
    assert agreed(study) == set()
    assert press("given") == ["given", "withdrawn"]  # the first yes, come late
    assert agreed(study) == set()
    key = str(uuid4())
    assert press("refused") == ["given", "withdrawn", "refused"]
    assert press("given") == press("given") == ["given", "withdrawn", "refused", "given"]
    assert agreed(study) == {child.pk}
    assert press("refused")[4:] == press("refused")[4:] == ["withdrawn"]
    assert agreed(study) == set()
    assert StudyWord.objects.values("receipt").distinct().count() == 5


def test_only_who_decides_for_the_child_is_asked(cast, study, child):
    for who in ("other_mother", "blocked_father"):
        answer = signed_in(cast, who).get(address(study, child))
        assert answer.status_code in (302, 404), who
    other = cast.students["haitao"]
    assert signed_in(cast, "mother").get(address(study, other)).status_code == 404
    end_study(study=study, by=cast.users["counsellor"], at=timezone.now())
    assert signed_in(cast, "mother").get(address(study, child)).status_code == 404


def test_a_no_of_one_outweighs_and_a_blocked_adult_says_nothing(cast, study, child):
    say(study, child)
    say(study, child, adult=cast.adults["father"], decision="refused")
    assert agreed(study) == {child.pk}  # he is blocked
    Adult.objects.filter(pk=cast.adults["father"].pk).update(
        blocked_at=None, blocked_reason="", blocked_by=None
    )
    assert agreed(study) == set()


@pytest.mark.parametrize(
    ("whose", "who"), [("xiaobao", "mother"), ("haitao", "other_mother"), ("mengyao", "father")]
)
def test_a_number_of_another_receipt_records_nothing(cast, study, child, whose, who):
    word = say(study, cast.students[whose], adult=cast.adults[who])
    with pytest.raises(Http404):
        say(study, child, decision="refused", adult=cast.adults["mother"], key=word.receipt)
    assert StudyWord.objects.get().decision == "given"


def test_from_fourteen_on_the_child_signs_too(cast, study, child, counsellor):
    today = timezone.localdate()
    Student.objects.filter(pk=child.pk).update(born_on=today.replace(year=today.year - 15, day=1))
    mother = signed_in(cast, "mother")
    page = mother.get(address(study, child)).content.decode()
    assert 'value="given"' not in page
    mother.post(address(study, child), {"decision": "given", "key": str(uuid4())})
    assert agreed(study) == set()
    tie = child.guardianships.get(adult=cast.adults["mother"])
    form = {"key": str(uuid4()), "tie": tie.pk, "decision": "given", "via": "paper"}
    page = reverse("surveys:study", args=[study.pk])
    assert counsellor.post(page, form).status_code == 422
    assert counsellor.post(page, form | {"pupil_agrees": "on"}).status_code == 302
    assert agreed(study) == {child.pk}
    assert StudyWord.objects.first().recorded_by == cast.users["counsellor"]
    Student.objects.filter(pk=child.pk).update(born_on=None)  # nobody knows how old
    assert agreed(study) == {child.pk}


def test_paper_of_a_stranger_is_refused(cast, study, child, counsellor):
    tie = cast.students["yuan"].guardianships.first()
    form = {"key": str(uuid4()), "tie": tie.pk, "decision": "given", "via": "paper"}
    assert counsellor.post(reverse("surveys:study", args=[study.pk]), form).status_code == 422
    assert not StudyWord.objects.exists()


def test_the_page_shows_who_agrees(cast, study, child, counsellor):
    say(study, child)
    page = counsellor.get(reverse("surveys:study", args=[study.pk])).content.decode()
    assert page.index("Agreed") < page.index(child.name) < page.index("No answer yet")


def test_in_chinese_these_are_words_of_a_study(cast, study, child, counsellor):
    say(study, child)
    chinese = {"accept-language": "zh-hans"}
    page = counsellor.get(reverse("surveys:study", args=[study.pk]), headers=chinese)
    assert "已同意" in page.content.decode()
    with translation.override("zh-hans"):
        page = signed_in(cast, "mother").get(address(study, child), headers=chinese)
    assert "交给谁" in page.content.decode()


def lines(cast, child) -> list[str]:
    found = family_lines([child.pk], [cast.adults["mother"]], timezone.now())
    return [str(one.text) for one in found[child.pk]]


def test_the_familys_card_asks_and_then_says_what_was_said(cast, study, child):
    (before,) = [one for one in lines(cast, child) if RECIPIENT in one]
    say(study, child)
    (after,) = [one for one in lines(cast, child) if RECIPIENT in one]
    assert before != after
    end_study(study=study, by=cast.users["counsellor"], at=timezone.now())
    assert not [one for one in lines(cast, child) if RECIPIENT in one]


def test_ten_children_cost_a_family_as_many_reads_as_one(cast, study, child):
    def reads(children) -> int:
        with CaptureQueriesContext(connection) as found:
            family_lines(children, [cast.adults["mother"]], timezone.now())
        return len(found)

    few = reads([child.pk])
    more = [make_student(cast.school_class, f"弟弟{n}").pk for n in range(9)]
    assert reads([child.pk, *more]) == few
