"""Keys by which a Chinese name is sorted and found."""

from pypinyin import Style, lazy_pinyin


def pinyin_of(name: str) -> str:
    """徐梦瑶 → "xu mengyao": surname and given name apart, lower case; the sort key."""
    syllables = lazy_pinyin(name.strip(), errors="default")
    return (
        " ".join(part for part in [syllables[0], "".join(syllables[1:])] if part).lower()
        if syllables
        else ""
    )


def initials_of(name: str) -> str:
    """徐梦瑶 → "xmy"."""
    letters = lazy_pinyin(name.strip(), style=Style.FIRST_LETTER, errors="default")
    return "".join(letters).lower()[:12]
