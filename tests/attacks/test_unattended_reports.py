"""Attacks of a reporter who wants to be the only one whom a child's alerts reach.

Before, a counsellor who named every other person that looks after safeguarding was the child's only named
adult, nobody outside the school heard of it, and `lift_report` said that somebody at the school decides:
the counsellor.
"""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from delivery.models import OutboxMessage
from homeschool import tasks
from safeguarding import tasks as safeguarding_tasks
from safeguarding.models import Concern, Report
from tests.factories.cast import (
    Cast,
    make_adult,
    make_cast,
    make_guardianship,
    make_post,
    make_user,
)
from tests.factories.reports import SAID, make_report

pytestmark = pytest.mark.django_db
BUREAU = {"county", "county_admin"}
CHILD = "徐梦瑶"


@pytest.fixture
def cast(settings) -> Cast:
    settings.ALERT_EMAILS = ["runs@example.org"]
    return make_cast()


def signed_in(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who], "django.contrib.auth.backends.ModelBackend")
    return client


def names_everybody(cast: Cast, who: str = "counsellor", others=("principal",)) -> Report:
    said = {
        "situation": "violence",
        "words": SAID,
        "key": str(uuid4()),
        "users": [cast.users[one].pk for one in others],
    }
    where = reverse("safeguarding:report_new", args=[cast.students["mengyao"].pk])
    assert signed_in(cast, who).post(where, said).status_code == 302
    return Report.objects.get(key=said["key"])


def told_of(report: Report) -> set[str]:
    rows = OutboxMessage.objects.filter(dedupe_key__startswith=f"unattended:{report.pk}:")
    return {row.user.username for row in rows}


def lifting(*args: str, **named: str) -> str:
    out = StringIO()
    call_command("lift_report", *args, stdout=out, **named)
    return out.getvalue()


@pytest.mark.parametrize(
    ("who", "others"),
    [("counsellor", ["principal"]), ("teacher", ["principal", "counsellor"])],
)
def test_whoever_names_everybody_is_not_the_only_one_who_hears(cast, who, others):
    report = names_everybody(cast, who, others)
    assert Concern.objects.get(source="report").named_adult != cast.users[who]
    assert not OutboxMessage.objects.filter(user=cast.users[who], kind="concern").exists()
    assert told_of(report) == BUREAU
    for row in OutboxMessage.objects.filter(dedupe_key__startswith="unattended:"):
        assert not row.payload.keys() & {"student", "students", "concern"}
        assert CHILD not in str(row.payload)
    tasks.watch_operation()
    (letter,) = mail.outbox
    assert letter.to == ["runs@example.org"]
    assert cast.school.name in letter.subject
    for hidden in (CHILD, SAID, cast.users[who].name, cast.users["principal"].name):
        assert hidden not in letter.subject + letter.body


def test_the_county_sees_where_and_when_and_what_to_do_and_no_child(cast):
    for who in BUREAU:
        assert signed_in(cast, who).get("/").status_code == 302
    names_everybody(cast)
    for who in BUREAU:
        page = signed_in(cast, who).get("/").content.decode()
        assert cast.school.name in page
        assert "lift_report" in page
        for hidden in (CHILD, SAID, cast.users["counsellor"].name, cast.users["principal"].name):
            assert hidden not in page
    assert cast.school.name not in signed_in(cast, "far_teacher").get("/").content.decode()


def test_the_bureau_decides_not_the_reporter_alone(cast):
    report = names_everybody(cast)
    suspect = report.suspects.get()
    assert f"{suspect.pk}  " in lifting()
    with pytest.raises(CommandError):
        lifting(str(suspect.pk), by="counsellor", reason="没事")
    lifting(str(suspect.pk), by="county", reason="区教育局决定 12 号")
    suspect.refresh_from_db()
    assert suspect.lifted_by == cast.users["county"]
    tasks.watch_operation()
    assert mail.outbox == []
    assert signed_in(cast, "county").get("/").status_code == 302


def test_somebody_appointed_since_is_named_and_the_county_reads_of_it_no_more(cast):
    names_everybody(cast)
    new = make_user("new", "孙静")
    make_post(new, "counsellor", school=cast.school)
    concern = Concern.objects.get(source="report")
    Concern.objects.filter(pk=concern.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    safeguarding_tasks.run_intake()
    concern.refresh_from_db()
    assert concern.named_adult == new
    assert signed_in(cast, "county").get("/").status_code == 302


def test_who_is_left_only_as_a_blocked_adult_of_the_family_is_nobody(cast):
    """The sibling: a principal who is a blocked relative sees no report, and stood for somebody left."""
    own = make_adult(cast.school, "马建国", user=cast.users["principal"])
    make_guardianship(cast.students["mengyao"], own, "relative")
    report = make_report(cast, by="counsellor", adults=[own])
    assert told_of(report) == BUREAU


def test_who_is_named_in_the_bureau_itself_hears_nothing(cast):
    """Whom the report names is told nothing, also where they would look after it now."""
    everybody = [cast.users[who] for who in ("principal", "counsellor", "county")]
    report = make_report(cast, users=everybody)
    assert told_of(report) == {"county_admin"}
    assert signed_in(cast, "county").get("/").status_code == 302


def test_whoever_is_left_later_leaves_the_county_told(cast):
    """The sibling: with one left, who then loses the post, nobody told the county."""
    report = names_everybody(cast, "teacher", ["principal"])
    assert told_of(report) == set()
    yesterday = timezone.localdate() - timedelta(days=1)
    cast.users["counsellor"].posts.update(ends_on=yesterday)
    safeguarding_tasks.close_again()
    safeguarding_tasks.close_again()
    assert told_of(report) == BUREAU
