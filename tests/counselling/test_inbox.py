"""The list of concerns: tabs, the first one opened beside it, and one alone on a phone."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AccessRecord
from core import clock
from safeguarding import actions
from safeguarding.models import Concern, ConcernEntry
from tests.factories.cast import make_student

pytestmark = pytest.mark.django_db
LIST = "/concerns/"
FIRST = {"HX-Request": "true", "HX-Target": "first"}


@pytest.fixture
def desk(cast) -> Client:
    client = Client()
    client.force_login(cast.users["counsellor"])
    return client


@pytest.fixture
def concerns(cast) -> dict[str, Concern]:
    """One that needs an adult now, one taken by the counsellor, one that can wait, one closed."""
    made = {}
    for number, name in enumerate(["钱慢", "赵急", "孙接", "李关"]):
        at = clock.now() - timedelta(hours=4 - number)
        made[name] = actions.raise_worry(
            student=make_student(cast.school_class, name),
            by=cast.users["teacher"],
            words="留心",
            is_urgent=name == "赵急",
            at=at,
            key=name,
        )
    by = cast.users["counsellor"]
    actions.acknowledge(concern=made["孙接"], by=by, at=clock.now())
    actions.close(
        concern=made["李关"], by=by, closing="with_child", words="说过话了", at=clock.now()
    )
    return made


def names(page) -> list[str]:
    return [row["name"] for group in page.context["groups"] for row in group["rows"]]


def test_the_list_offers_the_most_urgent_one_and_opens_none(desk, concerns):
    page = desk.get(LIST)
    assert names(page) == ["赵急", "钱慢", "孙接"]
    offered = reverse("counselling:detail", args=[concerns["赵急"].pk])
    assert f'id="first" hx-get="{offered}"' in page.content.decode()
    assert 'id="concern"' not in page.content.decode()
    assert not AccessRecord.objects.exists()


def test_what_stands_beside_the_list_is_the_opened_concern_and_noted_as_read(cast, desk, concerns):
    concern = concerns["赵急"]
    before = ConcernEntry.objects.count()
    panel = desk.get(reverse("counselling:detail", args=[concern.pk]), headers=FIRST)
    assert panel.content.decode().strip().startswith('<article class="panel sheet" id="concern"')
    record = AccessRecord.objects.get()
    assert (record.user_id, record.student_id, record.what) == (
        cast.users["counsellor"].pk,
        concern.student_id,
        "concern",
    )
    # Looking is no act: nobody has taken it, and its own record says nothing of it.
    concern.refresh_from_db()
    assert concern.acknowledged_at is None
    assert ConcernEntry.objects.count() == before


def test_a_stranger_gets_no_panel(cast, concerns):
    stranger = Client()
    stranger.force_login(cast.users["next_teacher"])
    address = reverse("counselling:detail", args=[concerns["赵急"].pk])
    assert stranger.get(address, headers=FIRST).status_code == 404
    assert not AccessRecord.objects.exists()


def test_tabs_hold_what_i_took_and_what_is_closed(desk, concerns):
    tabs = {tab["url"]: tab for tab in desk.get(LIST).context["tabs"]}
    assert [tabs[f"{LIST}{show}"]["count"] for show in ("", "?show=mine", "?show=closed")] == [
        3,
        1,
        1,
    ]
    assert reverse("counselling:caseload") in tabs
    assert names(desk.get(f"{LIST}?show=mine")) == ["孙接"]
    closed = desk.get(f"{LIST}?show=closed")
    assert names(closed) == ["李关"]
    assert 'id="first"' not in closed.content.decode()
    assert names(desk.get(f"{LIST}?show=nonsense")) == ["赵急", "钱慢", "孙接"]


def test_an_opened_concern_names_the_way_back_by_its_count(desk, concerns):
    page = desk.get(reverse("counselling:detail", args=[concerns["李关"].pk]))
    assert names(page) == ["李关"]
    back = page.content.decode().split('class="crumb back"')[1].split("</p>")[0]
    assert f'href="{LIST}"' in back
    assert "3 件关注" in back


def test_only_the_opened_concern_has_a_red_button(desk, concerns):
    assert "btn-now" not in desk.get(LIST).content.decode()
    opened = desk.get(reverse("counselling:detail", args=[concerns["赵急"].pk]))
    assert opened.content.decode().count("btn-now") == 1


def raised(concerns, name: str, at=None, *, is_urgent: bool = False) -> Concern:
    """One more concern of a child who has one already."""
    first = concerns[name]
    return actions.raise_worry(
        student=first.student, by=first.raised_by, words="又一件", key=f"{name}-2",
        at=at or clock.now(), is_urgent=is_urgent,
    )  # fmt: skip


def test_a_child_stands_once_in_each_level(desk, concerns):
    raised(concerns, "赵急", is_urgent=True)
    raised(concerns, "钱慢")
    raised(concerns, "孙接", at=clock.now() - timedelta(days=1))
    page = desk.get(LIST)
    urgent, other = page.context["groups"]
    assert [(row["name"], row["is_also"]) for row in urgent["rows"]] == [
        ("赵急", False),
        ("赵急", True),
    ]
    assert [(row["name"], row["is_also"]) for row in other["rows"]] == [
        ("孙接", False),  # waits longest
        ("孙接", True),
        ("钱慢", False),
        ("钱慢", True),
    ]
    text = page.content.decode()
    for name in ("赵急", "钱慢", "孙接"):
        assert text.count(f"<b>{name}</b>") == 1
    assert text.count("上面还有") == 0
    takes = [
        row["take_url"] for group in (urgent, other) for row in group["rows"] if row["is_free"]
    ]
    assert len(set(takes)) == 5
    assert all(f'action="{url}"' in text for url in takes)


def test_nothing_stands_below_what_is_less_urgent(desk, concerns):
    raised(concerns, "赵急")  # not as urgent as its first
    raised(concerns, "钱慢", is_urgent=True)
    page = desk.get(LIST)
    urgent, other = page.context["groups"]
    order = [(row["name"], row["is_also"], row["is_above"]) for row in urgent["rows"]]
    assert order == [("赵急", False, False), ("钱慢", False, False)]
    order = [(row["name"], row["is_also"], row["is_above"]) for row in other["rows"]]
    assert order == [("钱慢", False, True), ("孙接", False, False), ("赵急", False, True)]
    assert (urgent["n"], other["n"]) == (2, 3)
    for group in (urgent, other):
        assert {row["urgency"] for row in group["rows"]} == {group["urgency"]}
    text = page.content.decode()
    assert [text.count(f"<b>{name}</b>") for name in ("赵急", "钱慢", "孙接")] == [2, 2, 1]
    assert text.count("上面还有") == 2


def test_what_is_opened_seldom_waits_behind_the_last_tab(desk, concerns):
    page = desk.get(LIST)
    seldom = [tab["url"] for tab in page.context["tabs"] if tab["is_seldom"]]
    assert seldom[0] == f"{LIST}?show=closed"
    assert reverse("counselling:caseload") not in seldom
    assert reverse("safeguarding:reports") not in seldom
    menu = page.content.decode().split('<details class="later">')[1].split("</details>")[0]
    assert all(f'href="{url}"' in menu for url in seldom)
    shown = desk.get(f"{LIST}?show=closed").context["tabs"]
    assert not any(tab["is_seldom"] for tab in shown if tab["is_current"])


def test_no_menu_opens_with_nothing_inside(cast, concerns):
    client = Client()
    client.force_login(cast.users["teacher"])
    for show in ("", "?show=closed"):
        page = client.get(f"{LIST}{show}")
        inside = any(tab["is_seldom"] for tab in page.context["tabs"])
        assert inside is (show == "")
        assert ('<details class="later">' in page.content.decode()) is inside


def test_taking_it_is_the_first_act_of_the_sheet(desk, concerns):
    page = desk.get(reverse("counselling:detail", args=[concerns["赵急"].pk])).content.decode()
    sheet = page.split('id="concern"')[1]
    assert "/acknowledge/" in sheet.split('id="why"')[0]
    assert 'class="pressing"' in sheet
    assert sheet.count("/acknowledge/") == 1
