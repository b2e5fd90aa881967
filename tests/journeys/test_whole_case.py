"""From a child's tap to a closed case: five weeks, with the family, the school and the village."""

import re
from datetime import datetime, time, timedelta

import pytest
from django.core.management import call_command

from counselling.models import Case, Measure, MeasureTick
from safeguarding.models import Concern
from schools.appointing.record import note_standing
from schools.models import Post
from tests.factories.factors import give_factor
from tests.factories.postcards import agree
from tests.factories.visits import settle_in_village
from tests.journeys.conftest import CHINA, DESK, PHONE, axe_violations, sign_in, wait_until
from tests.journeys.test_pupil import SCHOOL_COMPUTER, tap_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TOLD = "她说夜里总醒，想妈妈"  # what the child told in trust
MORNING = time(10, 0)
PARTS = {  # party → what it does, how often, for how many days
    "family": ("周六晚上七点和梦瑶通话", "weekly", 42),
    "school": ("请梦瑶当体育课的领跑", "once", 9),
    "village": ("月底去看看奶奶的腿", "once", 20),
}


@pytest.fixture
def cast(cast):
    give_factor(cast.users["teacher"])  # may be let into a case
    agree(cast)
    settle_in_village(cast.students["mengyao"])
    note_standing(Post.objects.order_by("pk"))
    return cast


@pytest.fixture
def monday(clock_at):
    """monday(2): ten in the morning, two weeks after the first Monday to come; the day."""
    today = datetime.now(CHINA).date()
    first = datetime.combine(today + timedelta(days=7 - today.weekday()), MORNING, CHINA)

    def move(week: int):
        clock_at(first + timedelta(weeks=week))
        return (first + timedelta(weeks=week)).date()

    return move


@pytest.fixture
def people(open_browser, cast):
    """people("teacher"): a page of theirs, signed in once."""
    pages = {}

    def page_of(who: str):
        if who not in pages:
            is_at_desk = who in ("counsellor", "teacher", "principal")
            pages[who] = open_browser(DESK if is_at_desk else PHONE)
            sign_in(pages[who], who)
            pages[
                who
            ].problems.clear()  # a family that signs in with a password lands at the staff door
        return pages[who]

    return page_of


def test_from_a_tap_to_a_closed_case(cast, monday, people, open_browser, settings, tmp_path):
    first = monday(0)
    a_child_asks(open_browser(SCHOOL_COMPUTER), cast)
    counsellor = people("counsellor")
    case = taken_up(counsellor)
    understood(counsellor, case)
    agreed(counsellor, case, first)
    met_once(counsellor, case, first + timedelta(days=7))

    monday(1)
    talked(counsellor, case)
    for who, path in (("family-mother", "/f/agreed/"), ("village", "/v/"), ("teacher", "/")):
        ticked(people(who), path)
    assert MeasureTick.objects.count() == 3
    for who in ("teacher", "principal", "village", "family-mother"):
        assert people(who).goto(f"/concerns/cases/{case.pk}/").status == 404

    # Two weeks without a call: who agreed to it sees it, and so does the counsellor.
    monday(4)
    mother = people("family-mother")
    mother.goto("/f/agreed/")
    assert mother.locator("main .error").count() == 1
    counsellor.goto(plan_of(case))
    assert counsellor.locator("#family .measures .is-late").count() >= 1

    monday(5)
    looked_back(counsellor, case)
    closed(counsellor, case)
    counsellor.goto("/concerns/cases/")
    kept = counsellor.locator("main").inner_text()
    assert kept.index("已结案") < kept.index(case.student.name) < kept.index("目标达到了")
    people("teacher").goto(f"/children/{case.student_id}/")
    assert TOLD not in people("teacher").content()
    assert "个案" not in people("teacher").locator("main").inner_text()
    assert not Concern.objects.filter(closed_at=None).exists()
    settings.ANCHOR_URL = f"file://{tmp_path}/anchors.jsonl"
    call_command("verify_access_log")
    for who in ("counsellor", "teacher", "village", "family-mother"):
        assert [one for one in people(who).problems if "404" not in one] == []


def a_child_asks(pupil, cast) -> None:
    tap_in(pupil, cast)
    pupil.goto("/p/talk/")
    pupil.locator("button[name=person][value=counsellor]").click()
    pupil.locator("button[name=when][value=today]").click()
    pupil.wait_for_url("**/p/talk/done/")
    assert axe_violations(pupil) == []


def taken_up(page) -> Case:
    page.goto("/concerns/")
    page.locator("li.concern", has_text="徐梦瑶").get_by_role("button", name="我来接").click()
    page.goto(f"/concerns/{Concern.objects.get().pk}/")
    page.get_by_text("开个案跟下去").click()
    page.wait_for_url(re.compile("/concerns/cases/"))
    return Case.objects.get()


def address(case: Case) -> str:
    return f"/concerns/cases/{case.pk}/"


def plan_of(case: Case) -> str:
    return f"{address(case)}plan/"


def written(page, case: Case, kind: str, words: str) -> None:
    page.goto(f"{address(case)}write/{kind}/")
    page.fill("#id_words", words)
    page.get_by_role("button", name="保存记录").click()
    page.locator(".note", has_text=words).wait_for()


def moved(page, case: Case, state: str, **fields: str) -> None:
    """The usual next step of the page."""
    page.goto(address(case))
    form = page.locator(".next form").first
    for name, value in fields.items():
        form.locator(f"[name={name}]").fill(value)
    form.locator(".btn-primary").click()
    page.locator("[aria-current=step]", has_text=state).wait_for()


def understood(page, case: Case) -> None:
    page.goto(address(case))
    assert page.locator(".next form").count() == 0  # first an assessment
    written(page, case, "assessment", f"跳绳好，爱画画。{TOLD}")
    moved(page, case, "了解过了")
    written(page, case, "goals", "一周至少三晚睡整觉；每周和妈妈说上话")


def agreed(page, case: Case, today) -> None:
    moved(page, case, "定了计划", review_on=(today + timedelta(weeks=5)).isoformat())
    page.goto(plan_of(case))
    for party, (words, rhythm, days) in PARTS.items():
        part = page.locator(f"#{party}")
        part.locator("summary").first.click()
        part.locator("[name=words]").fill(words)
        part.locator("[name=rhythm]").select_option(rhythm)
        part.locator("[name=due_on]").fill((today + timedelta(days=days)).isoformat())
        part.get_by_role("button", name="加上").click()
        page.locator(f"#{party} .measures", has_text=words).wait_for()
    page.fill(".next [name=review_on]", (today + timedelta(weeks=5)).isoformat())
    page.get_by_role("button", name="给各方看各自的").click()
    page.get_by_role("button", name="给各方看各自的").wait_for(state="detached")
    assert axe_violations(page) == []


def met_once(page, case: Case, on) -> None:
    page.goto(address(case))
    page.locator("#sessions summary").click()
    page.fill("#sessions [name=starts_at]", f"{on.isoformat()}T09:00")
    page.get_by_role("button", name="约一次谈话").click()
    page.locator("#sessions .lines .acts").wait_for()
    moved(page, case, "进行中")


def talked(page, case: Case) -> None:
    page.goto(address(case))
    page.locator("#sessions a, .next a", has_text="谈过").click()
    page.fill("#id_words", "今天她先开口，说起跳绳比赛")
    page.get_by_role("button", name="保存记录").click()
    page.locator(".note", has_text="跳绳比赛").wait_for()
    page.locator("#tasks summary").first.click()
    page.fill("#tasks [name=words]", "问问奶奶夜里怎么样")
    page.fill("#tasks [name=due_on]", "2099-01-01")
    page.locator("#tasks .btn-primary").click()
    page.locator("#tasks .lines", has_text="问问奶奶").wait_for()


def ticked(page, path: str) -> None:
    before = MeasureTick.objects.count()
    page.goto(path)
    seen = [words for words, *_ in PARTS.values() if words in page.content()]
    assert len(seen) == 1
    assert TOLD not in page.content()
    page.locator("main form[action*='/agreed/'] button").first.click()
    wait_until(lambda: MeasureTick.objects.count() == before + 1, every=0.1)


def looked_back(page, case: Case) -> None:
    moved(page, case, "看效果")
    written(page, case, "review", "睡得好多了；妈妈有两个周六没打通")
    written(page, case, "summary", "目标达到，老师和村里继续留意")


def closed(page, case: Case) -> None:
    """What is still open stands in the way, by name; then it ends with an outcome."""
    page.goto(address(case))
    assert page.locator(".next [name=outcome]").count() == 0
    assert page.locator(".next .ways li").count() == 2
    page.locator("#tasks .lines form [value=done]").click()
    page.goto(plan_of(case))
    page.get_by_role("button", name="结束这份约定").click()
    page.goto(address(case))
    page.locator(".next [name=outcome][value=reached]").check()
    page.locator(".next form .btn-primary").click()
    page.locator("#next", has_text="目标达到").wait_for()
    assert Case.objects.get().state == "closed"
    assert Measure.objects.filter(plan__ended_at=None).count() == 0
    page.goto(f"/concerns/{Concern.objects.get().pk}/")
    page.locator("#concern form[action$='close/'] textarea").fill("陪她谈过，个案结束")
    page.locator("#concern form[action$='close/'] button").click()
    page.locator("#again").wait_for()
