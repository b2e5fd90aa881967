"""The time zone of a place abroad, as far as the name of the place determines it. Pure.

It covers only places where parents from these schools are known to work, and only names that mean one zone:
in a country with several zones, somebody must say which city.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.days import clock_time
from guardians.hours import CHINA

# The names readers see for the zones, in the order in which a form offers them.
NAMES: dict[str, str | Promise] = {
    CHINA: gettext_lazy("China"),
    "Asia/Urumqi": gettext_lazy("Urumqi time"),
    "Asia/Hong_Kong": gettext_lazy("Hong Kong"),
    "Asia/Seoul": gettext_lazy("Seoul"),
    "Asia/Tokyo": gettext_lazy("Tokyo"),
    "Asia/Singapore": gettext_lazy("Singapore"),
    "Asia/Kuala_Lumpur": gettext_lazy("Kuala Lumpur"),
    "Asia/Bangkok": gettext_lazy("Bangkok"),
    "Asia/Ho_Chi_Minh": gettext_lazy("Hanoi"),
    "Asia/Phnom_Penh": gettext_lazy("Phnom Penh"),
    "Asia/Vientiane": gettext_lazy("Vientiane"),
    "Asia/Yangon": gettext_lazy("Yangon"),
    "Asia/Almaty": gettext_lazy("Almaty"),
    "Asia/Dubai": gettext_lazy("Dubai"),
    "Asia/Riyadh": gettext_lazy("Riyadh"),
    "Africa/Luanda": gettext_lazy("Luanda"),
    "Africa/Algiers": gettext_lazy("Algiers"),
    "Africa/Addis_Ababa": gettext_lazy("Addis Ababa"),
    "Africa/Lagos": gettext_lazy("Lagos"),
    "Europe/Moscow": gettext_lazy("Moscow"),
    "Europe/Rome": gettext_lazy("Rome"),
    "Europe/Berlin": gettext_lazy("Berlin"),
    "Europe/Madrid": gettext_lazy("Madrid"),
    "Europe/Paris": gettext_lazy("Paris"),
    "Europe/London": gettext_lazy("London"),
    "America/New_York": gettext_lazy("New York"),
    "America/Los_Angeles": gettext_lazy("Los Angeles"),
}

# Match Chinese names only at the beginning ("日本东京"), so that 苏州新加坡工业园 stays in Suzhou.
_ZONES: list[tuple[str, str, str]] = [
    ("Asia/Hong_Kong", "香港|澳门", "Hong Kong|Macau|Macao"),
    ("Asia/Seoul", "韩国|首尔|仁川|釜山", "Korea|Seoul|Incheon|Busan"),
    ("Asia/Tokyo", "日本|东京(?!城)|大阪|名古屋|横滨", "Japan|Tokyo|Osaka|Nagoya"),
    ("Asia/Singapore", "新加坡", "Singapore"),
    ("Asia/Kuala_Lumpur", "马来西亚|吉隆坡", "Malaysia|Kuala Lumpur"),
    ("Asia/Bangkok", "泰国|曼谷", "Thailand|Bangkok"),
    ("Asia/Ho_Chi_Minh", "越南|河内|胡志明市", "Vietnam|Hanoi|Ho Chi Minh City"),
    ("Asia/Phnom_Penh", "柬埔寨|金边", "Cambodia|Phnom Penh"),
    ("Asia/Vientiane", "老挝|万象", "Laos|Vientiane"),
    ("Asia/Yangon", "缅甸|仰光", "Myanmar|Yangon"),
    ("Asia/Almaty", "哈萨克斯坦|阿拉木图", "Kazakhstan|Almaty"),
    ("Asia/Dubai", "阿联酋|迪拜|阿布扎比", "United Arab Emirates|UAE|Dubai|Abu Dhabi"),
    ("Asia/Riyadh", "沙特|利雅得|卡塔尔|科威特", "Saudi Arabia|Riyadh|Qatar|Kuwait"),
    ("Africa/Luanda", "安哥拉|罗安达", "Angola|Luanda"),
    ("Africa/Algiers", "阿尔及利亚|阿尔及尔", "Algeria|Algiers"),
    ("Africa/Addis_Ababa", "埃塞俄比亚|肯尼亚", "Ethiopia|Addis Ababa|Kenya|Nairobi"),
    ("Africa/Lagos", "尼日利亚", "Nigeria|Lagos"),
    ("Europe/Moscow", "(俄罗斯|俄国)?(莫斯科|圣彼得堡)", "Moscow|Saint Petersburg"),
    ("Europe/Rome", "意大利|罗马(?!尼亚)", "Italy|Rome|Milan"),
    ("Europe/Berlin", "德国|柏林", "Germany|Berlin"),
    ("Europe/Madrid", "西班牙(?!加那利)|马德里", "Spain|Madrid"),
    ("Europe/Paris", "法国(?!.*(留尼汪|圭亚那))|巴黎", "France|Paris"),
    ("Europe/London", "英国|伦敦", "United Kingdom|UK|London"),
    ("America/New_York", "(美国)?纽约", "New York"),
    ("America/Los_Angeles", "(美国)?(洛杉矶|旧金山)", "Los Angeles|San Francisco"),
]
_SEVERAL = (
    "美国|俄罗斯|俄国|加拿大|澳大利亚|澳洲|巴西|墨西哥|印度尼西亚|印尼|刚果|蒙古国",
    "USA|United States|America|Russia|Canada|Australia|Brazil|Mexico|Indonesia|Congo|Mongolia",
)
_BEFORE = "(?:在|去|到|国外|境外|出国)*"
# A place in China named after one abroad: 东京路, 巴黎春天, 河内村.
_IN_CHINA = "(?!路|街|城(?!市)|春天|甜城|花园|家园|广场|商场|酒店|小区|大厦|村|镇|乡|工业|小镇)"


def _pattern(chinese: str, english: str) -> re.Pattern:
    abroad = rf"{_BEFORE}(?:{chinese}){_IN_CHINA}"
    return re.compile(
        rf"{abroad}|.*(?<![A-Za-z])(?<!Inner )(?:{english})(?![A-Za-z])", re.IGNORECASE
    )


_PATTERNS = [(zone, _pattern(chinese, english)) for zone, chinese, english in _ZONES]
_OF_SEVERAL = _pattern(*_SEVERAL)


@dataclass(frozen=True)
class Zone:
    """A time zone; `name` is empty for a place in China or one that we do not know."""

    name: str = ""
    is_unclear: bool = False  # a country with several zones


def zone_of(place: str) -> Zone:
    name = next((zone for zone, pattern in _PATTERNS if pattern.match(place)), "")
    return Zone(name, is_unclear=not name and bool(_OF_SEVERAL.match(place)))


def zone_after_move(before: str, place: str, zone: str) -> str:
    """Return the time zone of somebody who lives in `place` now and lived in `before` with the zone `zone`.

    A place abroad has its own zone, and back in China it is China's; a zone that somebody chose by hand for
    another place stays.
    """
    named = zone_of(place)
    if named.name:
        return named.name
    left = zone_of(before)
    left_abroad = (zone == left.name or left.is_unclear) and not named.is_unclear
    return CHINA if left_abroad else zone


def zone_name(zone: str) -> str:
    return str(NAMES.get(zone, zone.rpartition("/")[2].replace("_", " ")))


def zone_with_clock(zone: str, at: datetime) -> str:
    """Return "Tokyo, now 14:30"."""
    now = clock_time(at.astimezone(ZoneInfo(zone)))
    return _("%(place)s, now %(time)s") % {"place": zone_name(zone), "time": now}
