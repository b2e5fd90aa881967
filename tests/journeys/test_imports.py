"""An owner's file on its way: read, matched, weighed, looked at as a whole, asked in a class, and counted."""

import json
import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from core import clock
from safeguarding.models import Concern
from surveys import shipped
from surveys.files import matching
from surveys.models import Edition, Round, Seat
from surveys.queries import result_of
from tests.factories.surveys import begin, say_yes
from tests.journeys.conftest import DESK, PHONE, axe_violations, sign_in, wait_until
from tests.surveys.test_files import fhir, item, translated, weight

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
# Words of our own, in the shape of public files.
STEPS = {
    "never": "从不",
    "on some days": "有几天",
    "on most days": "大多数日子",
    "every day": "每天",
}
PHQ = shipped.instruments()["phq-9"]


@pytest.fixture
def cast(cast):
    child = cast.students["mengyao"]
    child.born_on = date(2012, 5, 4)  # old enough for either scale
    child.save()
    say_yes(cast)
    return cast


def words(one) -> tuple[str, str]:
    return f"Made-up statement on {one.topic['en']}", f"编的一句话：{one.topic['zh-hans']}"


def phq_named_by_loinc() -> tuple[bytes, bytes]:
    """The questionnaire, whose questions have codes for names, and its answers in a file of their own."""
    rows = []
    for one in PHQ.items:
        en, zh = words(one)
        row = item(f"/{one.codes[0]}", text=en, _text=translated("zh-CN", zh))
        rows.append(row | {"answerValueSet": "http://x/how-often"})
    listed = [
        {"code": f"LA{n}", "display": en, "_display": translated("zh-CN", zh)}
        | weight("ordinalValue", n)
        for n, (en, zh) in enumerate(STEPS.items())
    ]
    answers = {"compose": {"include": [{"system": "s", "concept": listed}]}}
    value_set = {"resourceType": "ValueSet", "url": "http://x/how-often"} | answers
    return fhir(rows, language="en"), json.dumps(value_set).encode()


def turned_already() -> bytes:
    """CES-DC by number, whose reversed items count backwards in the file; words in French are lost."""
    rows = []
    for number, one in enumerate(shipped.instruments()["ces-dc"].items, 1):
        options = [
            {"valueCoding": {"code": f"a{n}", "display": word}}
            | weight("ordinalValue", 3 - n if one.is_reversed else n)
            for n, word in enumerate(STEPS)
        ]
        said = words(one)[0]
        rows.append(
            item(
                f"cesdc_{number:02}",
                text=said,
                _text=translated("fr", "Une phrase"),
                required=True,
                answerOption=options,
            )
        )
    return fhir(rows, language="en")


def give(page, content: bytes, beside: bytes | None = None) -> None:
    page.goto("/surveys/files/")
    for field, given in (("#id_file", content), ("#id_answers", beside)):
        if given:
            told = {"name": "file.json", "mimeType": "application/json", "buffer": given}
            page.set_input_files(field, files=[told])
    page.locator("form[enctype] button.btn-primary").click()


def looks_well(page) -> None:
    assert axe_violations(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0


def test_from_a_file_with_codes_for_names_to_an_answer_that_needs_an_adult(
    cast, open_browser, workers
):
    desk = open_browser(DESK)
    sign_in(desk, "counsellor")
    content, answers = phq_named_by_loinc()
    give(desk, content)
    desk.get_by_text("题目的答案在另一个文件里：http://x/how-often").first.wait_for()
    looks_well(desk)
    give(desk, content, answers)

    # The file's names say which scale it is and which question is which; the urgent one a person says.
    urgent = desk.get_by_label(re.compile("phq9-9"))
    urgent.wait_for()
    assert desk.get_by_label(re.compile("phq9-1：")).input_value() == "/44250-9"
    assert urgent.input_value() == ""
    looks_well(desk)
    desk.get_by_role("button", name="核对全部").click()
    desk.get_by_text("请选择与 phq9-9 对应的文件题目").or_(
        desk.locator(".field-bad", has_text="phq9-9")
    ).first.wait_for()
    desk.get_by_label(re.compile("phq9-9")).select_option("/44260-8")
    desk.get_by_role("button", name="核对全部").click()

    desk.get_by_role("heading", name="核对全部题目").wait_for()
    assert desk.locator(".whole > li").count() == 9
    assert (
        "从不 0 · 有几天 1 · 大多数日子 2 · 每天 3"
        in desk.locator(".whole > li").first.inner_text()
    )
    looks_well(desk)
    desk.get_by_role("button", name="保存这份文字").or_(
        desk.locator("form .btn-primary")
    ).first.click()
    desk.get_by_text("请先对照，再勾选").wait_for()
    assert not Edition.objects.exists()
    desk.locator("#second-look input").check()
    desk.locator("form .btn-primary").last.click()
    desk.get_by_text("至少隔 14 天再做").wait_for()
    made = Edition.objects.get().instrument
    assert {one.id: one.link_id for one in made.items} == {
        one.id: f"/{one.codes[0]}" for one in PHQ.items
    }

    open_round(desk, "PHQ-9")
    seat = answered_in_class(cast, {"/44260-8": "LA1"})
    wait_until(lambda: Concern.objects.filter(source="survey").exists(), 60)
    desk.goto(f"/surveys/{seat.round_id}/")
    desk.get_by_role("link", name="徐梦瑶").first.click()
    desk.get_by_text(words(PHQ.item("phq9-9"))[1]).first.wait_for()
    looks_well(desk)

    # The same children again within two weeks: it asks, and a person may say yes.
    open_round(desk, "PHQ-9")
    asked = desk.get_by_label("仍然再问一次")
    asked.wait_for()
    looks_well(desk)
    assert Round.objects.count() == 1
    asked.check()
    desk.locator("form .btn-primary").last.click()
    wait_until(lambda: Round.objects.count() == 2)
    assert [one for one in desk.problems if "422" not in one] == []


def open_round(page, name: str) -> None:
    page.goto("/surveys/new/")
    page.get_by_label(name).check()
    page.get_by_label("三年级2班").check()
    page.fill("[name=due_on]", (timezone.localdate(clock.now()) + timedelta(days=7)).isoformat())
    page.fill("[name=talks_per_week]", "9")
    page.locator("form .btn-primary").last.click()


def answered_in_class(cast, said: dict[str, str]) -> Seat:
    """By question and answer as the owner's file calls them; any other question gets its first answer."""
    begin(cast, Round.objects.get())
    seat = Seat.objects.get(student=cast.students["mengyao"])
    child = Client()
    child.post("/p/seat/", {"code": seat.code})
    for one in seat.round.edition.instrument.items:
        wanted = said.get(one.link_id)
        option = next((each for each in one.options if each.file_code == wanted), one.options[0])
        child.post("/p/questions/", {"item": one.id, "option": option.code})
    child.get("/p/questions/")  # after "an adult is coming" the form goes on to its end
    seat.refresh_from_db()
    return seat


def test_a_scale_that_the_file_has_turned_already_is_turned_once(cast, open_browser):
    phone = open_browser(PHONE, language="en")
    sign_in(phone, "counsellor")
    give(phone, turned_already())
    phone.get_by_role("heading", name="Not taken from the file").wait_for()
    phone.get_by_text("Words in a language that we do not show").wait_for()
    phone.get_by_label("Which scale is it?").select_option(label="CES-DC")
    phone.get_by_role("button", name="Match").click()
    looks_well(phone)
    phone.get_by_role("button", name="Check the whole").click()

    phone.get_by_role("heading", name="What do the answers count?").wait_for()
    phone.get_by_text("The file has already reversed these questions").wait_for()
    assert phone.locator("fieldset").count() == 1
    assert phone.locator("fieldset li").count() == 4
    looks_well(phone)
    phone.get_by_role("button", name="Check the whole").click()
    phone.get_by_text("Choose what these answers count.").wait_for()
    phone.get_by_label("never 3 · on some days 2 · on most days 1 · every day 0").check()
    phone.get_by_role("button", name="Check the whole").click()

    phone.get_by_role("heading", name="Check the whole wording").wait_for()
    rows = phone.locator(".whole > li")
    assert "never 0 · on some days 1" in rows.nth(0).inner_text()
    assert "never 3 · on some days 2" in rows.nth(3).inner_text()
    looks_well(phone)
    phone.get_by_role("button", name="Save this wording").click()
    phone.get_by_role("heading", name="CES-DC").wait_for()
    assert "Again after 7 days at the earliest" in phone.locator("main").inner_text()
    looks_well(phone)

    open_round(phone, "CES-DC")
    phone.get_by_role("heading", name="CES-DC").wait_for()
    reversed_items = {one.id for one in shipped.instruments()["ces-dc"].items if one.is_reversed}
    made = Edition.objects.get().instrument
    best = {one.link_id: "a3" if one.id in reversed_items else "a0" for one in made.items}
    seat = answered_in_class(cast, best)
    assert result_of(seat).score.of("total").value == 0
    assert matching.always_asked(made) == {one.id for one in made.items}
    assert [one for one in phone.problems if "422" not in one] == []
