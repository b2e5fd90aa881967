"""Each link on a child's page opens for whoever is shown it: what may not be opened is told without one."""

import re
from html import unescape

import pytest
from django.urls import reverse

from core import clock
from tests.access.test_matrix import visitor
from tests.factories import familyview, leave, notices, postcards, threads, transfers
from tests.factories.long_file import fill_file

pytestmark = pytest.mark.django_db
LINK = re.compile(r'<a [^>]*href="(/[^"#]*)')
# Acts on the reader's own session, which the walk would lose.
LEFT_OUT = ("/accounts/logout/", "/i18n/")


@pytest.fixture
def file_of_every_room(cast):
    at, child = clock.now(), cast.students["mengyao"]
    fill_file(child, cast.adults["mother"], cast.users["teacher"], 40, at)
    familyview.fill(cast, at)
    notice = notices.sent(cast, at=at)
    notices.answers(cast, notice, at=at)
    leave.agreed(cast, leave.make_leave(cast))
    threads.teacher_writes(cast, text="梦瑶今天教同桌竖式除法。")
    postcards.agree(cast)
    postcards.send_card(cast, cast.adults["mother"])
    transfers.coming(cast)
    return child


@pytest.mark.parametrize("role", ["teacher", "counsellor", "principal", "admin"])
def test_every_link_of_the_page_opens(cast, file_of_every_room, role):
    reader = visitor(cast, role)
    page = reverse("staff:child", args=[file_of_every_room.pk])
    answer = reader.get(page, {"shown": 60})
    assert answer.status_code == 200
    links = {unescape(one) for one in LINK.findall(answer.content.decode())}
    links = {one for one in links if not one.startswith(LEFT_OUT)}
    assert len(links) > 20
    closed = {
        one: status for one in sorted(links) if (status := reader.get(one).status_code) >= 400
    }
    assert closed == {}
