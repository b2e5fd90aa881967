"""What is drawn once for each process is never drawn for another kind of word."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.models import User
from delivery.models import OutboxMessage
from doors.templatetags.frame import rail_item
from doors.templatetags.icons import icon, level_mark
from safeguarding.models import Concern
from safeguarding.opening import alert, open_concern
from schools.worklist import Urgency

WRITTEN = "<i>x</i>"
ITEM = {"url": "/x/", "icon": "check", "label": "x", "count": 0, "recount_url": ""}


@pytest.mark.parametrize(
    "draw",
    [
        lambda word: rail_item(ITEM | {"label": word, "is_current": False}),
        lambda word: level_mark(Urgency("x", "now", word)),
        lambda word: level_mark(Urgency("x", "now", "now", word)),
        icon,
    ],
)
def test_a_text_is_escaped_whatever_was_drawn_before(draw):
    assert WRITTEN in draw(SafeString(WRITTEN))
    assert WRITTEN not in draw(WRITTEN)
    assert WRITTEN in draw(SafeString(WRITTEN))


def test_a_number_is_no_yes():
    assert ">True<" in rail_item(ITEM | {"count": True, "is_current": True})
    assert ">1<" in rail_item(ITEM | {"count": 1, "is_current": True})


@pytest.mark.django_db
def test_an_alert_names_three_to_phone_and_folds_up_the_others(cast, client):
    at = timezone.now() - timedelta(minutes=10)
    staff = [
        User.objects.create_user(
            f"duty{number}", name=f"值班{number}", phone=f"+861390935{number:04d}"
        )
        for number in range(12)
    ]
    concern, _is_new = open_concern(
        source_key="frame",
        source=Concern.Source.STAFF,
        student=cast.students["mengyao"],
        school=cast.school,
        at=at,
    )
    OutboxMessage.objects.all().delete()
    alert(concern, [user.pk for user in staff], at)
    client.force_login(cast.users["admin"])
    page = client.get("/").content.decode()
    banner = page[page.index("banner-now") :]
    seen, _fold, folded = banner[: banner.index("</details>")].partition("<details>")
    assert re.findall("值班[0-9]+", seen) == ["值班0", "值班1", "值班2"]
    assert re.findall("值班[0-9]+", folded) == [f"值班{number}" for number in range(3, 12)]
    assert 'href="tel:+8613909350000">139\N{NO-BREAK SPACE}0935\N{NO-BREAK SPACE}0000</a>' in seen
    # No space after the colon, and a name in one piece with its number.
    assert re.search('：</p><p><span class="nowrap">值班0 <a ', seen)
    assert "9" in folded[: folded.index("</summary>")]
