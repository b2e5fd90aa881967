"""Attacks of somebody who has the database's password: every trigger can be switched off, every row written.

Before, the trigger made the hashes, so that anyone who could write a row could make its hash, too; what was
taken off the end since the last daily look went unseen; and a case, its notes or its readers could be moved
by one UPDATE that nobody noticed.
"""

# ruff: noqa: S608 - the statements are the attack

import hashlib
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.actions import record_access
from accounts.models import AccessRecord
from core import clock
from counselling.attachments import actions as attachments
from counselling.cases import actions
from counselling.models import Note
from delivery.models import Trouble
from homeschool import tasks
from safeguarding.models import ReportEntry
from safeguarding.reports import actions as reports
from schools.appointing import actions as appointing
from schools.appointing.actions import Appointment
from schools.appointing.record import note_standing
from schools.models import Post, PostOffer
from tests.factories import cases
from tests.factories.cast import make_post, make_user
from tests.factories.reports import make_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(cast):
    note_standing(Post.objects.order_by("pk"))
    return cast


@pytest.fixture
def case(cast):
    return cases.make_case(cast)


@pytest.fixture(autouse=True)
def _anchors_elsewhere(settings, tmp_path):
    settings.ANCHOR_URL = f"file://{tmp_path}/anchors.jsonl"


def second_counsellor(cast):
    user = cases.second_counsellor(cast)
    note_standing(user.posts.all())
    return user


def by_hand(*statements: str) -> None:
    """As the database's superuser types them."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        try:
            for sql in statements:
                cursor.execute(sql)
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")


def look() -> str:
    """What the check says; empty where it finds nothing."""
    try:
        call_command("verify_access_log", verbosity=0)
    except CommandError as error:
        return str(error)
    return ""


def read_by(user, cast, times: int = 1) -> None:
    for _ in range(times):
        record_access(
            by=user,
            school_id=cast.school.pk,
            student_ids=[cast.students["mengyao"].pk],
            what="file",
            ip="192.0.2.7",
        )


def test_the_whole_log_written_anew_with_hashes_as_the_trigger_made_them(cast):
    """Gained before: another reader in each row, and a check that said whole (nothing was anchored yet)."""
    read_by(cast.users["teacher"], cast, 3)
    other, before = cast.users["counsellor"].pk, b""
    for row in AccessRecord.objects.order_by("number"):
        at = int(row.at.timestamp() * 1_000_000)
        parts = [row.pk, row.school_id, row.number, other, row.student_id, row.ip_address, at]
        text = "|".join(map(str, [*parts, row.what]))
        before = hashlib.sha256(before + text.encode()).digest()
        by_hand(
            f"UPDATE accounts_accessrecord SET user_id = {other}, seal = '\\x{before.hex()}' "
            f"WHERE id = {row.pk}",
            f"UPDATE accounts_chainhead SET seal = '\\x{before.hex()}'",
        )
    assert f"Log access:{cast.school.pk}: row 1 " in look()


def test_a_reading_put_into_somebody_elses_name(cast):
    """Gained before: an INSERT was numbered and hashed by the trigger itself, so that it looked true."""
    read_by(cast.users["teacher"], cast)
    by_hand(
        "INSERT INTO accounts_accessrecord "
        "(chain, number, seal, user_id, school_id, student_id, what, at) "
        f"SELECT chain, 2, sha256(seal), {cast.users['counsellor'].pk}, school_id, student_id, what, at "
        "FROM accounts_accessrecord",
        "UPDATE accounts_chainhead SET number = 2, "
        "seal = (SELECT seal FROM accounts_accessrecord WHERE number = 2)",
    )
    assert "row 2 " in look()


def test_one_reads_a_file_and_takes_the_row_off_the_end_before_the_nightly_look(cast):
    """Gained before: of what came since the last daily anchor nothing told."""
    read_by(cast.users["teacher"], cast, 3)
    tasks.anchor_logs()
    read_by(cast.users["principal"], cast)
    tasks.anchor_logs()
    by_hand(
        "DELETE FROM accounts_accessrecord WHERE number = 4",
        "UPDATE accounts_chainhead SET number = 3, "
        "seal = (SELECT seal FROM accounts_accessrecord WHERE number = 3)",
    )
    tasks.anchor_logs()
    assert Trouble.objects.get().kind == "logs"
    assert "the end was cut off from row 4 on" in look()


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM accounts_accessrecord WHERE number < 3",
        "DELETE FROM accounts_chainhead",
        "TRUNCATE accounts_accessrecord",
    ],
)
def test_front_or_head_or_all_of_it_taken_away(cast, sql):
    read_by(cast.users["teacher"], cast, 4)
    tasks.anchor_logs()
    by_hand(sql)
    tasks.anchor_logs()
    assert Trouble.objects.get().kind == "logs"
    assert f"Log access:{cast.school.pk}" in look()


def test_a_case_made_ones_own_by_its_owner_id(client, cast, case):
    """Gained before: every note of the case, read on the site, and no check that named it."""
    cases.note(case)
    other = second_counsellor(cast)
    page = reverse("counselling:case", args=[case.pk])
    client.force_login(other)
    assert client.get(page).status_code == 404
    by_hand(f"UPDATE counselling_case SET owner_id = {other.pk} WHERE id = {case.pk}")
    assert client.get(page).status_code == 200
    assert (
        f"Case {case.pk}: the database says that user {other.pk} keeps it, the log that user "
        f"{case.owner_id} does."
    ) in look()


def test_a_case_opened_by_a_row_among_its_readers(client, cast, case):
    """The sibling: who was let in by name."""
    other, at = second_counsellor(cast), clock.now()
    by_hand(
        "INSERT INTO counselling_casereader "
        "(school_id, case_id, user_id, let_in_by_id, is_emergency, from_at, until_at) VALUES "
        f"({case.school_id}, {case.pk}, {other.pk}, {case.owner_id}, false, now(), now() + '9 days')"
    )
    client.force_login(other)
    assert client.get(reverse("counselling:case", args=[case.pk])).status_code == 200
    assert f"Case {case.pk}: the database says that user {other.pk} may read it" in look()
    by_hand("DELETE FROM counselling_casereader")
    row = cases.reader(case, other, at, days=1)
    assert look() == ""
    by_hand(f"UPDATE counselling_casereader SET until_at = until_at + '1 year' WHERE id = {row.pk}")
    assert "may read it until" in look()


@pytest.mark.parametrize("column", ["case_id", "author_id"])
def test_a_note_moved_to_another_case_or_under_another_name(client, cast, case, column):
    """Gained before: the words, opened in a case of one's own; or one's own words in somebody's mouth."""
    note = cases.note(case)
    at, other = clock.now(), second_counsellor(cast)
    theirs = cases.make_case(cast, student="haitao")
    elsewhere = actions.hand_over(case=theirs, by=theirs.owner, to=other, at=at)
    to = elsewhere.pk if column == "case_id" else other.pk
    assert look() == ""
    by_hand(f"UPDATE counselling_note SET {column} = {to} WHERE id = '{note.pk}'")
    reader, shown_in = (other, elsewhere) if column == "case_id" else (case.owner, case)
    client.force_login(reader)
    page = client.get(reverse("counselling:case", args=[shown_in.pk])).content.decode()
    assert cases.SAID not in page
    assert f"Note {note.pk}: its words are not those that were sealed there." in look()


def test_a_case_made_ones_own_is_not_made_true_by_working_in_it(client, cast, case):
    """Gained before: the next entry of the log, whatever it told, said that the thief keeps the case."""
    other, owner = second_counsellor(cast), case.owner_id
    by_hand(f"UPDATE counselling_case SET owner_id = {other.pk} WHERE id = {case.pk}")
    client.force_login(other)
    where = reverse("counselling:case_teachers", args=[case.pk])
    assert client.post(where, {"may_know": "yes"}).status_code == 302
    assert f"user {other.pk} keeps it, the log that user {owner} does." in look()
    by_hand(f"UPDATE counselling_case SET owner_id = {owner} WHERE id = {case.pk}")
    assert f"Case {case.pk}: row 3 of its log was written while" in look()


def test_nor_by_handing_it_on_or_taking_it_over(cast, case):
    """Gained before: an entry that looked true for whoever was to have the case."""
    at, other, owner = clock.now(), second_counsellor(cast), case.owner_id
    by_hand(f"UPDATE counselling_case SET owner_id = {other.pk} WHERE id = {case.pk}")
    case.refresh_from_db()
    third = cast.users["third"] = make_user("third", "何敏")
    note_standing([make_post(third, "counsellor", school=cast.school)])
    actions.hand_over(case=case, by=other, to=third, at=at)
    assert f"said that user {other.pk} keeps it; by the log user {owner} did" in look()


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("DELETE FROM counselling_note WHERE id = '{0}'", "is gone"),
        ("UPDATE counselling_note SET key_id = '00000000' WHERE id = '{0}'", "was changed"),
        ("UPDATE counselling_note SET key_id = '', sealed = '' WHERE id = '{0}'", "was changed"),
        ("UPDATE counselling_note SET at = at - interval '1 year' WHERE id = '{0}'", "was changed"),
    ],
)
def test_a_note_taken_away_or_shut_for_good(case, sql, told):
    """Gained before: what was said in trust was gone, or opened for nobody, and the check said whole."""
    note = cases.note(case)
    cases.note(case, words="别的")
    assert look() == ""
    by_hand(sql.format(note.pk))
    found = look()
    assert f"Note {note.pk}" in found
    assert told in found


def test_a_note_written_by_hand_with_a_stolen_key(case):
    """Gained before: words in the counsellor's mouth, by whoever has the key for notes and the database."""
    note = Note(school_id=case.school_id, case=case, author=case.owner, kind="note", at=clock.now())
    actions.seal_into(note, "她同意了")
    note.save(force_insert=True)
    assert f"Note {note.pk}: no log tells of it." in look()


def test_words_whose_key_nobody_has(case, settings):
    """Gained before: nothing said that notes open for nobody until somebody wanted to read them."""
    note = cases.note(case)
    key, settings.NOTE_KEYS = note.key_id, ["another-key-for-tests-" + "0" * 21]
    assert f"sealed with the key {key}, which NOTE_KEYS does not hold" in look()


def test_a_case_taken_away_with_all_that_hangs_on_it(case):
    """The sibling: that there ever was one, only the log tells."""
    by_hand(f"DELETE FROM counselling_case WHERE id = {case.pk}")
    assert f"Case {case.pk}: the log tells of it, and it is gone." in look()


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("DELETE FROM counselling_attachmentcontent", "AttachmentContent {0}"),
        (
            "UPDATE counselling_attachmentcontent SET sealed = sealed || '\\x00'",
            "AttachmentContent {0}",
        ),
        ("UPDATE counselling_attachmentcontent SET key_id = '00000000'", "AttachmentContent {0}"),
        ("UPDATE counselling_attachment SET key_id = '00000000'", "Attachment {1}"),
        ("UPDATE counselling_attachment SET removed_at = now()", "Attachment {1}"),
        (
            "DELETE FROM counselling_attachmentcontent; DELETE FROM counselling_attachment",
            "Attachment {1}",
        ),
    ],
)
def test_a_file_of_a_case_taken_away_or_exchanged(case, sql, told):
    """The sibling: a photo of an injury, for example."""
    row = cases.attachment(case)
    assert look() == ""
    by_hand(sql)
    assert told.format(row.content.pk, row.pk) in look()


def test_keys_are_changed_and_files_taken_away_without_a_word_of_the_check(case, settings):
    """And what is taken away by hand afterwards is named as before."""
    note, kept, gone = cases.note(case), cases.attachment(case), cases.attachment(case)
    attachments.remove(attachment=gone, by=case.owner, at=clock.now())
    settings.NOTE_KEYS = ["another-key-for-tests-" + "0" * 21, *settings.NOTE_KEYS]
    call_command("rotate_note_keys", verbosity=0)
    settings.NOTE_KEYS = settings.NOTE_KEYS[:1]
    assert look() == ""
    by_hand(f"DELETE FROM counselling_note WHERE id = '{note.pk}'")
    by_hand(f"DELETE FROM counselling_attachmentcontent WHERE attachment_id = '{kept.pk}'")
    assert f"Note {note.pk}: the log tells of it" in look()
    assert f"AttachmentContent {kept.content.pk}: the log tells of it" in look()


def test_rotation_makes_nothing_true_that_was_changed_before(case, settings):
    note = Note(school_id=case.school_id, case=case, author=case.owner, kind="note", at=clock.now())
    actions.seal_into(note, "她同意了")
    note.save(force_insert=True)
    settings.NOTE_KEYS = ["another-key-for-tests-" + "0" * 21, *settings.NOTE_KEYS]
    with pytest.raises(CommandError, match="1 × tampered"):
        call_command("rotate_note_keys", verbosity=0)
    assert f"Note {note.pk}: no log tells of it." in look()


def hashed_anew(report, **facts) -> list[str]:
    """Statements that change the first entries of a report and all its digests, as the product made them
    before: it needs nothing but the database.
    """
    statements = []
    said = (report.key, report.student_id, report.situation, report.words, report.child_now)
    before = _sha([*said, report.reported_by_id, report.at.timestamp()])
    for entry in ReportEntry.objects.filter(report=report).order_by("number"):
        for name, value in facts.items():
            setattr(entry, name, value)
        fields = "number kind office spoke_with phone case_number words by_id".split()
        told = [getattr(entry, name) for name in fields]
        told_at = entry.told_at.timestamp() if entry.told_at else ""
        before = _sha([before, *told, told_at, entry.at.timestamp()])
        statements.append(
            f"UPDATE safeguarding_reportentry SET digest = '{before}', by_id = {entry.by_id} "
            f"WHERE id = {entry.pk}"
        )
    return statements


def _sha(parts) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def test_a_report_written_anew_with_the_digests_as_the_product_made_them(cast):
    """Gained before: that somebody else had written it, in a record that said it was whole."""
    report = make_report(cast)
    assert look() == ""
    by_hand(*hashed_anew(report, by_id=cast.users["principal"].pk))
    assert f"Log reports:{cast.school.pk}: row 1 " in look()


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        (
            "UPDATE safeguarding_report SET words = 'nothing'",
            "Report {0}: it, or whom it names, was",
        ),
        ("UPDATE safeguarding_suspect SET user_id = {1}", "Report {0}: it, or whom it names, was"),
        ("DELETE FROM safeguarding_suspect", "Report {0}: it, or whom it names, was"),
        (
            "UPDATE safeguarding_suspect SET lifted_at = now(), lifted_by_id = {1}, lift_reason = 'x'",
            "Report {0}: what the database says was lifted",
        ),
        (
            "DELETE FROM safeguarding_suspect; DELETE FROM safeguarding_report",
            "Report {0}: the log tells of it, and it is gone.",
        ),
        ("DELETE FROM safeguarding_reportentry WHERE number = 2", "row 2 is gone"),
        (
            "DELETE FROM safeguarding_reportentry; DELETE FROM accounts_chainhead",
            "Report {0}: no log tells of it.",
        ),
    ],
)
def test_a_report_changed_or_lifted_or_taken_away_by_hand(cast, sql, told):
    """Gained before: a child opened again to the one who is suspected, or a report that never was."""
    report = make_report(cast, users=[cast.users["principal"]])
    reports.add(report=report, by=report.reported_by, words="画了图", at=clock.now(), key=uuid4())
    assert look() == ""
    by_hand(sql.format(report.pk, cast.users["admin"].pk))
    assert told.format(report.pk) in look()


def test_a_report_lifted_on_its_page_is_whole(client, cast):
    report = make_report(cast, users=[cast.users["principal"], cast.users["admin"]])
    client.force_login(cast.users["counsellor"])
    where = reverse("safeguarding:report_lift", args=[report.pk, report.suspects.first().pk])
    assert client.post(where, {"reason": "派出所查清：是摔的"}).status_code == 302
    assert look() == ""


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        (
            "INSERT INTO schools_post (user_id, role, school_id, village, is_duty, starts_on) "
            "VALUES ({0}, 'counsellor', {2}, '', false, '2026-01-01')",
            "the database says that user {0} is counsellor; no log tells of it",
        ),
        (
            "UPDATE schools_post SET role = 'counsellor' WHERE id = {1}",
            "the database says that user {0} is counsellor; the log says",
        ),
        (
            "UPDATE schools_post SET user_id = {0} WHERE role = 'principal'",
            "user {0} is principal;",
        ),
        ("UPDATE schools_post SET ends_on = NULL", "is principal until None; the log says until"),
        (
            "DELETE FROM schools_post WHERE id = {1}",
            "Post {1}: the log tells of it, and it is gone.",
        ),
    ],
)
def test_a_post_given_by_hand(cast, sql, told):
    """Gained before: a counsellor's post, or a principal's, of which the check told nothing."""
    post = cast.users["admin"].posts.get()
    assert look() == ""
    by_hand(sql.format(post.user_id, post.pk, cast.school.pk))
    assert told.format(post.user_id, post.pk) in look()


def test_a_second_persons_word_written_by_hand(cast):
    """The sibling: an offer that the database says was agreed to becomes a post in the ordinary way."""
    me, at = cast.users["admin"], clock.now()
    asked = Appointment(me.username, me.name, "counsellor", timezone.localdate(at))
    for is_agreed in (True, False):
        offer = appointing.appoint(
            school=cast.school, appointment=asked, by=me, on=at.date(), at=at
        )
        if is_agreed:
            appointing.agree(offer=offer, by=cast.users["principal"], at=at)
            assert look() == ""
            continue
        by_hand(f"UPDATE schools_postoffer SET needs_second = false WHERE id = {offer.pk}")
        appointing._give_when_complete(PostOffer.objects.get(pk=offer.pk), at, None)
    assert "no second person agreed to it in the log" in look()
