"""Keys by which a Chinese name is sorted and found.

pypinyin is imported only when a process first needs a key: its 47,000 phrases take 50 MB in each process that
loads them, and most processes need none.
"""


def pinyin_of(name: str) -> str:
    """Return 徐梦瑶 as "xu mengyao": surname and given name apart, in lower case; the sort key."""
    from pypinyin import lazy_pinyin

    syllables = lazy_pinyin(name.strip(), errors="default")
    return (
        " ".join(part for part in [syllables[0], "".join(syllables[1:])] if part).lower()
        if syllables
        else ""
    )


def initials_of(name: str) -> str:
    """Return 徐梦瑶 as "xmy"."""
    from pypinyin import Style, lazy_pinyin

    letters = lazy_pinyin(name.strip(), style=Style.FIRST_LETTER, errors="default")
    return "".join(letters).lower()[:12]
