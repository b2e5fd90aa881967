"""A pupil's week, a carer's own five questions, a talk that follows, and last year's sums in a sheet."""

import pytest

from surveys.models import PastScore, Pulse
from tests.factories.accounts import say
from tests.factories.cast import make_user
from tests.factories.pulses import LOW, TIRED, agree, answer_carer, answer_week, sheet
from tests.factories.surveys import answer, keep_scale, seat_of
from tests.journeys.conftest import DESK, PHONE, enter, look, sign_in, tap_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


def as_family(open_browser, user, **options):
    page = open_browser(**options)
    enter(page, user)
    return page


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_three_low_weeks_from_two_taps_to_a_talk(cast, open_browser, language):
    agree(cast)
    for ago in (2, 1):
        answer_week(cast, LOW, weeks_ago=ago)
    pupil = open_browser(PHONE, language=language)
    tap_in(pupil, cast)
    look(pupil, f"pupil-home-{language}")
    pupil.locator('a[href="/p/week/"]').click()
    look(pupil, f"pupil-week-{language}")
    pupil.locator(f"button[value='{LOW}']").click()
    look(pupil, f"pupil-listened-{language}")
    pupil.locator("button[value='2']").click()
    look(pupil, f"pupil-done-{language}")
    pupil.goto("/p/week/agree/")
    look(pupil, f"pupil-agree-{language}")

    for size, viewport in (("390", PHONE), ("1280", DESK)):
        teacher = open_browser(viewport, language=language)
        sign_in(teacher, "teacher")
        teacher.goto("/")
        look(teacher, f"today-{size}-{language}")
        counsellor = open_browser(viewport, language=language)
        sign_in(counsellor, "counsellor")
        counsellor.goto("/surveys/weeks/")
        look(counsellor, f"weeks-{size}-{language}")
        counsellor.locator("main a", has_text="徐梦瑶").first.click()
        look(counsellor, f"over-time-{size}-{language}")
    row = teacher.locator(".work", has_text="徐梦瑶").locator("form[action*=talked] button")
    row.click()
    teacher.locator(".work.is-done").wait_for()
    assert Pulse.objects.filter(talked_by=cast.users["teacher"]).exists()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_carer_says_how_they_are(cast, open_browser, language):
    adult = cast.adults["grandmother"]
    adult.user, adult.language = make_user("family-grandmother", adult.name), language
    adult.save()
    say(cast, "carer", "given", adult="grandmother")
    phone = as_family(open_browser, adult.user, viewport=PHONE, language=language)
    phone.goto("/f/")
    look(phone, f"carer-home-{language}")
    phone.locator('a[href="/f/surveys/how-i-am/"]').first.click()
    look(phone, f"carer-question-{language}")
    for option in ("2", "2", "0", "2", "2"):
        phone.locator(f"button[value='{option}']").click()
    look(phone, f"carer-done-{language}")
    assert Pulse.objects.get().asks_for_talk
    phone.goto("/f/privacy/consents/carer/")
    look(phone, f"carer-consent-{language}")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_last_year_s_sums_and_what_has_changed_since(cast, open_browser, tmp_path, language):
    file = tmp_path / "mht-2025.csv"
    names = [cast.students[one].name for one in ("mengyao", "xiaobao", "haitao")]
    rows = [[names[0], "三年级2班", "40", "9", "2"], [names[1], "", "四十", "3", "1"]]
    rows += [[names[2], "", "30", "20", "1"], ["孙悟空", "", "10", "3", "1"]]
    file.write_bytes(sheet(*rows))
    answer(seat_of(cast, choice=str(keep_scale(cast).pk)), {"one": "1", "two": "2", "three": "0"})
    say(cast, "carer", "given", adult="grandmother")
    answer_carer(cast, TIRED)
    for size, viewport in (("390", PHONE), ("1280", DESK)):
        page = open_browser(viewport, language=language)
        sign_in(page, "counsellor")
        page.goto("/surveys/past/")
        look(page, f"past-list-{size}-{language}")
        page.select_option("[name=key]", "mht")
        page.fill("[name=taken_on]", "2025-11-12" if size == "390" else "2025-05-12")
        page.check("[name=ground][value=then]")
        page.fill("[name=ground_words]", "心理老师柜子")
        page.set_input_files("[name=file]", str(file))
        page.locator("main form button.btn-primary").click()
        page.locator(".past-rows").wait_for()
        look(page, f"past-preview-{size}-{language}")
        page.locator(".past-columns summary").click()
        look(page, f"past-columns-{size}-{language}")
        page.locator(".import-go button.btn-primary").click()
        look(page, f"past-kept-{size}-{language}")
        page.goto(f"/surveys/over-time/{cast.students['mengyao'].pk}/")
        look(page, f"past-over-time-{size}-{language}")
    assert set(PastScore.objects.values_list("student__name", flat=True)) == {names[0]}
