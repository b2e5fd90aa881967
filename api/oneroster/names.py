"""A name in two parts, as OneRoster requires; `fullName` in the metadata has all of it. Pure."""

# Surnames of two characters that are in use today.
COMPOUND = frozenset(
    "欧阳 司马 上官 诸葛 夏侯 东方 皇甫 尉迟 公孙 慕容 司徒 令狐 司空 轩辕 长孙 宇文 端木 南宫 "
    "独孤 闻人 申屠 公羊 淳于 单于 太叔 钟离 鲜于 闾丘 赫连 澹台 濮阳 万俟 呼延 东郭 西门 百里 "
    "第五 左丘 拓跋 完颜 纳兰".split()
)
LONGEST = (
    3  # characters of a name with a one-character surname; a longer one may not be Chinese at all
)
NO_SURNAME = "-"


def parted(name: str) -> tuple[str, str]:
    """Return surname and given name.

    If nobody can tell them apart, as in 阿依古丽, all of it is the given name.
    """
    if len(name) > 2 and name[:2] in COMPOUND:
        return name[:2], name[2:]
    if len(name) > LONGEST:
        return NO_SURNAME, name
    return name[:1], name[1:] or name
