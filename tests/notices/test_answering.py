"""Seen, confirmed and signed: who may do it, once, and for good."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from guardians.blocking.actions import block_adult, unblock_adult
from guardians.models import Guardianship
from notices import actions
from notices.models import NoticeAnswer, NoticeChild, Notified
from notices.policies import family_lines_of, signable
from notices.queries import board, counts_of
from students.models import Student
from tests.factories.notices import answers, sent

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


def open_lines(notice) -> int:
    return NoticeChild.objects.filter(notice=notice, settled_at=None).count()


def unblock_father(cast):
    father = cast.adults["father"]
    father.blocked_at, father.blocked_reason, father.blocked_by = None, "", None
    father.save()


def test_one_confirms_for_the_siblings_and_twice_is_once(cast):
    notice = sent(cast, at=NOON)
    for _time in range(2):
        assert answers(cast, notice, at=NOON)
    assert NoticeAnswer.objects.count() == 2  # two children
    assert open_lines(notice) == 0


def test_where_everybody_is_waited_for_one_is_not_enough(cast):
    unblock_father(cast)
    notice = sent(cast, at=NOON, one_is_enough=False, kind="sign")
    answers(cast, notice, at=NOON)
    assert open_lines(notice) == 2
    # the grandmother may not decide, so nobody waits for her
    answers(cast, notice, "father", at=NOON)
    assert open_lines(notice) == 0


def test_a_signature_keeps_the_very_words(cast):
    notice = sent(cast, at=NOON, kind="sign")
    answers(cast, notice, at=NOON)
    row = NoticeAnswer.objects.get(child__student=cast.students["mengyao"])
    assert row.signed_as == "王芳"
    assert "王芳" in row.statement
    assert "周五的家长会" in row.statement
    assert "徐梦瑶" in row.statement
    assert row.digest == actions.digest_of(notice)
    with pytest.raises(Exception, match="Cannot update"):
        NoticeAnswer.objects.filter(pk=row.pk).update(signed_as="anders")


@pytest.mark.parametrize("is_refused", [False, True])
def test_the_longest_words_that_one_may_sign_are_kept_whole(cast, is_refused):
    Student.objects.filter(pk=cast.students["mengyao"].pk).update(name="童" * 60)
    notice = sent(cast, at=NOON, kind="sign", title="题" * 60)
    adult = cast.adults["mother"]
    with translation.override("en"):
        actions.answer(
            notice=notice,
            adult=adult,
            lines=family_lines_of(notice.pk, [adult], NOON.date()),
            at=NOON,
            signed_as="名" * 60,
            is_refused=is_refused,
        )
    row = NoticeAnswer.objects.get(child__student=cast.students["mengyao"])
    assert row.statement.endswith("童" * 60 + ".")


def test_who_may_not_decide_cannot_sign(cast):
    notice = sent(cast, at=NOON, kind="sign")
    lines = family_lines_of(notice.pk, [cast.adults["grandmother"]], NOON.date())
    assert len(lines) == 2
    assert signable(cast.adults["grandmother"], lines, NOON.date()) == []
    Guardianship.objects.filter(
        adult=cast.adults["grandmother"], student=cast.students["mengyao"]
    ).update(may_decide=True)
    may = signable(cast.adults["grandmother"], lines, NOON.date())
    assert [line.student.name for line in may] == ["徐梦瑶"]


def test_reading_settles_what_is_only_to_be_read(cast):
    notice = sent(cast, at=NOON, kind="read")
    adult = cast.adults["grandmother"]
    lines = family_lines_of(notice.pk, [adult], NOON.date())
    for minutes in (0, 5):
        at = NOON + timedelta(minutes=minutes)
        actions.note_seen(notice=notice, adult=adult, lines=lines, at=at)
    assert Notified.objects.get(notice=notice, adult=adult).seen_at == NOON
    assert open_lines(notice) == 0


def test_seeing_does_not_confirm(cast):
    notice = sent(cast, at=NOON)
    adult = cast.adults["mother"]
    lines = family_lines_of(notice.pk, [adult], NOON.date())
    actions.note_seen(notice=notice, adult=adult, lines=lines, at=NOON)
    assert open_lines(notice) == 2


def test_what_staff_wrote_down_is_taken_back_and_a_family_s_own_word_is_not(cast):
    notice = sent(cast, at=NOON)
    mother = cast.adults["mother"]
    line = NoticeChild.objects.get(notice=notice, student=cast.students["mengyao"])
    by = cast.users["teacher"]
    actions.answer(notice=notice, adult=mother, lines=[line], via="phone", by=by, at=NOON)
    assert open_lines(notice) == 1
    row = NoticeAnswer.objects.get()
    assert actions.withdraw(answer=row, at=NOON)
    assert not actions.withdraw(answer=row, at=NOON)
    assert open_lines(notice) == 2
    answers(cast, notice, at=NOON)
    own = NoticeAnswer.objects.filter(via="page").first()
    assert not actions.withdraw(answer=own, at=NOON)
    assert open_lines(notice) == 0


class TestBlockedSince:
    """What somebody signed before the block stays on record, and settles nothing from then on."""

    @pytest.fixture
    def both_may_decide(self, cast):
        unblock_father(cast)

    def say_no(self, cast, notice):
        father = cast.adults["father"]
        lines = family_lines_of(notice.pk, [father], NOON.date())
        given = {"at": NOON, "signed_as": father.name, "is_refused": True}
        actions.answer(notice=notice, adult=father, lines=lines, **given)

    def block_father(self, cast):
        father, by = cast.adults["father"], cast.users["principal"]
        block_adult(adult=father, reason="法院保护令", by=by, at=NOON)

    @pytest.mark.parametrize("kind", ["sign", "confirm"])
    def test_the_family_is_asked_again(self, cast, both_may_decide, kind):
        notice = sent(cast, at=NOON, kind=kind)
        answers(cast, notice, "father", at=NOON)
        assert open_lines(notice) == 0
        self.block_father(cast)
        assert [actions.settle_again(at=NOON), actions.settle_again(at=NOON)] == [2, 0]
        assert open_lines(notice) == 2
        assert NoticeAnswer.objects.filter(withdrawn_at=None).count() == 2  # kept
        answers(cast, notice, at=NOON)
        assert open_lines(notice) == 0
        assert actions.settle_again(at=NOON) == 0

    def test_a_no_of_theirs_holds_up_nobody(self, cast, both_may_decide):
        notice = sent(cast, at=NOON, kind="sign")
        self.say_no(cast, notice)
        self.block_father(cast)
        actions.settle_again(at=NOON)
        assert open_lines(notice) == 2
        found = board(notice, cast.users["principal"], NOON.date())
        assert (found.counts.refused, found.counts.settled) == (0, 0)
        assert [row.refusals for row in found.rows] == [[]]
        counts = counts_of([notice.pk], NoticeChild.objects.all())[notice.pk]
        assert (counts.refused, counts.settled) == (0, 0)

    def test_where_all_must_agree_a_no_of_theirs_no_longer_settles(self, cast, both_may_decide):
        notice = sent(cast, at=NOON, one_is_enough=False, kind="sign")
        self.say_no(cast, notice)
        assert open_lines(notice) == 0
        self.block_father(cast)
        actions.settle_again(at=NOON)
        assert open_lines(notice) == 2

    def test_another_answer_still_stands(self, cast, both_may_decide):
        notice = sent(cast, at=NOON, kind="sign")
        answers(cast, notice, "father", at=NOON)
        answers(cast, notice, "mother", at=NOON)
        self.block_father(cast)
        assert actions.settle_again(at=NOON) == 0
        assert open_lines(notice) == 0

    def test_what_only_they_have_read_nobody_has_read(self, cast, both_may_decide):
        notice = sent(cast, at=NOON, kind="read")
        lines = family_lines_of(notice.pk, [cast.adults["father"]], NOON.date())
        actions.note_seen(notice=notice, adult=cast.adults["father"], lines=lines, at=NOON)
        assert open_lines(notice) == 0
        self.block_father(cast)
        assert [actions.settle_again(at=NOON), actions.settle_again(at=NOON)] == [2, 0]
        assert open_lines(notice) == 2

    def test_unblocked_it_counts_again_when_the_family_looks(self, cast, both_may_decide):
        notice = sent(cast, at=NOON, kind="sign")
        father = cast.adults["father"]
        lines = family_lines_of(notice.pk, [father], NOON.date())
        answers(cast, notice, "father", at=NOON)
        self.block_father(cast)
        actions.settle_again(at=NOON)
        father.refresh_from_db()
        unblock_adult(adult=father, by=cast.users["principal"], at=NOON)
        actions.note_seen(notice=notice, adult=father, lines=lines, at=NOON)
        assert open_lines(notice) == 0

    def test_the_board_does_not_name_them(self, cast, both_may_decide):
        notice = sent(cast, at=NOON, kind="sign")
        answers(cast, notice, "father", at=NOON)
        self.block_father(cast)
        actions.settle_again(at=NOON)
        found = board(notice, cast.users["teacher"], NOON.date())
        assert [row.answers for row in found.rows] == [[]]
        assert [row.state for row in found.rows] == ["unseen"]
