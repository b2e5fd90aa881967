"""Keys by which a Chinese name is sorted and found.

pypinyin is loaded with the first name that is written down: its 47,000 phrases take 50 MB of each process
that has them, and most processes need none.
"""


def pinyin_of(name: str) -> str:
    """徐梦瑶 → "xu mengyao": surname and given name apart, lower case; the sort key."""
    from pypinyin import lazy_pinyin

    syllables = lazy_pinyin(name.strip(), errors="default")
    return (
        " ".join(part for part in [syllables[0], "".join(syllables[1:])] if part).lower()
        if syllables
        else ""
    )


def initials_of(name: str) -> str:
    """徐梦瑶 → "xmy"."""
    from pypinyin import Style, lazy_pinyin

    letters = lazy_pinyin(name.strip(), style=Style.FIRST_LETTER, errors="default")
    return "".join(letters).lower()[:12]
