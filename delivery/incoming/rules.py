"""Recognises, by their exact words, texts that apply to every school. Nothing is guessed."""

import unicodedata

# 通信短信息服务管理规定 (MIIT order 31, 2015), Art. 20: somebody who refuses further messages gets none.
# These are the words that operators print ("拒收请回复R", "退订回T", TD) and the English ones, nothing else.
STOP_WORDS = frozenset("stop unsubscribe td t r 退订 拒收 取消订阅 不再接收".split())
HELP_WORDS = ("需要帮忙", "i need help")  # the text of the button on the page, in both languages


def plain(text: str) -> str:
    """Return the text half-width and in lower case, without signs around the words."""
    said = unicodedata.normalize("NFKC", text).lower()
    words = [place for place, sign in enumerate(said) if sign.isalnum()]
    return said[words[0] : words[-1] + 1] if words else ""


def is_stop(text: str) -> bool:
    return plain(text) in STOP_WORDS


def is_for_all(text: str) -> bool:
    """Return whether every school that knows the sender must get it: a refusal, or a call for help."""
    return is_stop(text) or plain(text) in HELP_WORDS
