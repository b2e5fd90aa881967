"""What is counted, for whom, until when, and how many get through at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from accounts import rate_limits
from accounts.models import AttemptCount

AT = datetime(2026, 9, 14, 2, 0, tzinfo=UTC)
HERE = rate_limits.Limit("here", most=3, minutes=10)
ALL = rate_limits.Limit("all", most=5, minutes=60)


def minutes(number: int) -> datetime:
    return AT + timedelta(minutes=number)


@pytest.mark.django_db
class TestCounting:
    def test_the_one_after_the_last_is_told_until_when(self):
        answers = [rate_limits.take(HERE.of("a"), at=minutes(one)) for one in range(4)]
        assert answers == [None, None, None, minutes(10)]

    def test_a_refused_try_makes_the_wait_no_longer(self):
        for one in range(9):
            rate_limits.take(HERE.of("a"), at=minutes(one))
        assert rate_limits.take(HERE.of("a"), at=minutes(10)) is None

    def test_another_key_is_free(self):
        for _one in range(4):
            rate_limits.take(HERE.of("a"), at=AT)
        assert rate_limits.take(HERE.of("b"), at=AT) is None

    def test_where_one_bucket_is_full_the_others_count_nothing(self):
        for _one in range(9):
            rate_limits.take(HERE.of("a"), ALL.of("door"), at=AT)
        assert rate_limits.free_at(ALL.of("door"), at=AT) is None
        assert AttemptCount.objects.get(what="all").count == 3

    def test_what_was_right_is_given_back_and_what_was_wrong_stays(self):
        bucket = HERE.of("a")
        rate_limits.take(bucket, at=AT)
        rate_limits.take(bucket, at=AT)
        for _right in range(20):
            assert rate_limits.take(bucket, at=AT) is None
            rate_limits.give_back(bucket, at=AT)
        assert rate_limits.take(bucket, at=AT) is None
        assert rate_limits.take(bucket, at=AT) == minutes(10)

    def test_parts_of_a_key_are_told_apart(self):
        assert HERE.of("ab", "c").digest != HERE.of("a", "bc").digest

    def test_no_key_is_readable_and_no_text_is_too_odd(self):
        odd = "\0\ud800" + "徐" * 20_000
        assert rate_limits.take(HERE.of(odd), at=AT) is None
        rate_limits.take(HERE.of("13893512207"), at=AT)
        kept = AttemptCount.objects.values_list("key", flat=True)
        assert all(len(key) == 64 and "13893512207" not in key for key in kept)

    def test_windows_that_are_over_are_taken_away(self):
        rate_limits.take(HERE.of("a"), ALL.of("b"), at=AT)
        assert rate_limits.forget_old(minutes(10)) == 1
        assert AttemptCount.objects.get().what == "all"


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_of_twenty_at_the_same_moment_three_get_through(self):
        def one(number: int):
            try:
                return rate_limits.take(HERE.of("a"), ALL.of(number % 3), at=AT)
            finally:
                connection.close()

        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(one, range(20)))
        assert answers.count(None) == 3

    def test_a_count_that_could_be_rolled_back_is_refused(self):
        with transaction.atomic(), pytest.raises(RuntimeError):
            rate_limits.take(HERE.of("a"), at=AT)
