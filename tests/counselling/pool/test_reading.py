"""Nobody of another school learns whose child it is before accepting; and what one reads then."""

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from psycopg2.sql import SQL, Identifier

from accounts.models import AccessRecord, User
from counselling import rotation
from counselling.case_pages import presenters as case_presenters
from counselling.cases import actions as case_actions
from counselling.models import Brief, Engagement, Note
from counselling.pool import actions as pool_actions
from counselling.pool import ends, queries
from doors.family.readers import context as family_readers
from guardians.blocking import actions as blocking
from guardians.models import Adult, Guardianship
from safeguarding.models import Concern, ConcernEntry
from students import barriers
from tests.counselling.pool.happenings import WORDS, client_of, school_takes_it_back, shows
from tests.factories import pool, reports
from tests.factories.cast import make_guardianship, make_post, make_user

pytestmark = pytest.mark.django_db


def test_before_one_accepts_nothing_of_a_child_stands_on_any_page(cast, brief, caplog):
    pages = shows(cast, "guest", reverse("counselling:pool"))
    one = shows(cast, "guest", reverse("counselling:brief", args=[brief.pk]))
    assert (pool.SAID in one, pool.SAID in pages) == (True, False)
    row = shows(cast, "guest", reverse("staff:today"))
    assert reverse("counselling:pool") in row
    told = pages + one + row + caplog.text
    assert not [word for word in WORDS if word in told]
    assert f"/{brief.concern_id}/" not in one + pages
    assert brief.code in one
    read = AccessRecord.objects.get(user=cast.users["guest"])
    assert (read.student_id, read.what) == (brief.student_id, pool_actions.READ_BRIEF)


def test_whoever_accepted_opens_this_child_and_nothing_else_of_the_school(cast, brief):
    case = pool.accept(brief, cast.users["guest"])
    page = shows(cast, "guest", reverse("counselling:case", args=[case.pk]))
    for word in (
        "马思源",
        "四年级1班",
        "虎秀兰",
        "+8613893510005",
        "柴校长",
        pool.SAID,
    ):
        assert word in page
    assert "夜里不睡" not in page  # the words of the one who worried are the school's
    assert reverse("staff:child", args=[case.student_id]) not in page
    guest = client_of(cast.users["guest"])
    other = pool.make_concern(cast)
    for name, key in [
        ("staff:child", case.student_id),
        ("counselling:detail", brief.concern_id),
        ("counselling:detail", other.pk),
        ("counselling:hand_on", brief.concern_id),
        ("counselling:referral_new", case.pk),
        ("safeguarding:report_new", case.student_id),
        ("counselling:case_emergency", case.student_id),
    ]:
        assert guest.get(reverse(name, args=[key])).status_code == 404
    assert guest.get(reverse("counselling:plan", args=[case.pk])).status_code == 200
    # Whom they may let in stands near this child; the school's other staff is not listed.
    teacher = make_user("third", "韩老师")
    make_post(teacher, "class_teacher", school=cast.other_school, school_class=cast.next_class)
    assert "韩老师" not in shows(cast, "guest", reverse("counselling:case", args=[case.pk]))
    assert shows(cast, "counsellor", reverse("counselling:pool")).count("马思源") == 0


def test_the_first_note_is_the_brief_and_the_brief_is_empty(cast, brief):
    case = pool.accept(brief, cast.users["guest"])
    brief.refresh_from_db()
    assert (brief.state, bytes(brief.sealed)) == ("accepted", b"")
    (note,) = case_actions.read_notes(case=case, by=case.owner, ip=None)[0]
    assert (note.words, note.note.author) == (pool.SAID, cast.users["far_principal"])
    assert rotation.rotate()["tampered"] == 0


@pytest.mark.parametrize("by_law", [False, True])
def test_nobody_of_the_family_reads_of_the_queue_whoever_agreed(cast, by_law):
    ground = {"ground": "harm", "ground_words": "打人的是家里人", "consent_by": None}
    brief = pool.make_brief(
        cast, **(ground | {"consent_how": "", "consent_on": None} if by_law else {})
    )
    shows(cast, "counsellor", reverse("counselling:brief", args=[brief.pk]))
    pool.accept(brief, cast.users["guest"])
    read = AccessRecord.objects.filter(user=cast.users["guest"], student_id=brief.student_id)
    assert read.get().school_id == brief.school_id
    days = family_readers(brief.student, timezone.now())["days"]
    names = [one["name"] for day in days for one in day["people"]]
    assert names == []


def test_at_the_school_only_safeguarding_reads_that_a_guest_was_there(cast, brief):
    shows(cast, "guest", reverse("counselling:brief", args=[brief.pk]))
    case = pool.accept(brief, cast.users["guest"])
    shows(cast, "guest", reverse("counselling:case", args=[case.pk]))
    for who, is_told in (("far_teacher", False), ("far_principal", True)):
        page = shows(cast, who, reverse("staff:readers", args=[brief.student_id]))
        assert ("孙静" in page) == is_told


def test_a_guest_phones_nobody_who_is_kept_from_the_child(cast, brief):
    case, at = pool.accept(brief, cast.users["guest"]), timezone.now()
    people = {}
    for who in ("gone", "barred", "blocked", "suspect"):
        user = people[who] = make_user(who, f"丁{who}")
        make_post(user, "counsellor", school=cast.other_school, is_duty=True)
        Concern.objects.filter(pk=brief.concern_id).update(named_adult=user)
        assert user in queries.colleagues_near(case, at)
    User.objects.filter(pk=people["gone"].pk).update(is_active=False)
    by = cast.users["far_principal"]
    barriers.set_barrier(student=case.student, user=people["barred"], reason="核实", by=by, at=at)
    aunt = Adult.objects.create(school=brief.school, name="丁", user=people["blocked"])
    make_guardianship(case.student, aunt, "relative")
    blocking.block_adult(adult=aunt, reason="法院", by=by, at=at)
    reports.make_report(cast, users=[people["suspect"]])
    for user in people.values():
        Concern.objects.filter(pk=brief.concern_id).update(named_adult=user)
        assert not {*people.values()} & {*queries.colleagues_near(case, at)}
    mother = Guardianship.objects.filter(student=case.student, adult=cast.adults["far_mother"])
    assert mother.get() in queries.family_to_phone(case, at)
    mother.update(may_see_file=False)
    assert mother.get() not in queries.family_to_phone(case, at)


def test_a_guest_reads_days_and_no_word_of_the_concerns(cast, brief):
    case = pool.accept(brief, cast.users["guest"])
    report = pool.make_concern(cast)
    Concern.objects.filter(pk=report.pk).update(source="report")
    case_actions.go_on_in(case, report)
    guest = case_presenters.case_context(case, cast.users["guest"], timezone.now(), None)[
        "concerns"
    ]
    assert [one["why"] for one in guest] == [""]


def test_why_the_law_allowed_it_outlives_the_acceptance_and_not_the_taking_back(cast):
    law = {
        "ground": "harm",
        "ground_words": "打人的是家里人",
        "consent_by": None,
        "consent_how": "",
        "consent_on": None,
    }
    accepted, back = pool.make_brief(cast, **law), pool.make_brief(cast, student="far0", **law)
    pool.accept(accepted, cast.users["guest"])
    accepted.refresh_from_db()
    assert ends.words_in(accepted) == {"words": "", "ground": "打人的是家里人"}
    assert rotation.rotate()["tampered"] == 0
    school_takes_it_back(cast, back)
    back.refresh_from_db()
    assert bytes(back.sealed) == b""


def test_a_dump_of_the_database_tells_nothing_of_a_brief(cast):
    brief = pool.make_brief(
        cast,
        ground="harm",
        ground_words="打人的是家里人",
        consent_by=None,
        consent_how="",
        consent_on=None,
    )
    found = []
    with connection.cursor() as cursor:
        for model in (Brief, ConcernEntry, Engagement, Note):
            table = Identifier(model._meta.db_table)
            cursor.execute(SQL("SELECT t::text FROM {} t").format(table))
            found += [row[0] for row in cursor.fetchall()]
    assert brief.code in "".join(found)
    assert not [word for word in (pool.SAID, "打人") if word in "".join(found)]
