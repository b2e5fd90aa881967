"""Which texts of families apply to every school: a refusal or a call for help, by its exact words."""

import pytest

from delivery.incoming import rules

STOP = "stop unsubscribe td t r 退订 拒收 取消订阅 不再接收".split()


@pytest.mark.parametrize(
    "text", [*STOP, "退订。", "【退订】", " TD\n", "ＴＤ", "T！", "“Stop.”", "--R--", "取消订阅~~"]
)
def test_a_refusal_counts_in_capitals_and_with_signs_around_it(text):
    assert rules.is_stop(text)
    assert rules.is_for_all(text)


@pytest.mark.parametrize(
    "text", ["需要帮忙", "需要帮忙！", "（需要帮忙）", "I need help", "I NEED HELP!!"]
)
def test_a_call_for_help_is_for_all_and_no_refusal(text):
    assert rules.is_for_all(text)
    assert not rules.is_stop(text)


@pytest.mark.parametrize(
    "text", ["", "。", "请退订", "退订吗？", "TD1", "T恤", "T 恤", "don't stop", "帮忙"]
)
def test_nothing_is_guessed(text):
    assert not rules.is_for_all(text)
