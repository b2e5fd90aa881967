"""What no page of ours sends, and anybody can: one list for every field of every form."""

import io
import zipfile
from dataclasses import dataclass

from django import forms

LONE_SURROGATE = b"\xed\xa0\x80"  # U+D800 as careless encoders write it
LONG = "好".encode() * 7000  # 21 kB
BEYOND_INTEGER = b"9" * 5000  # more digits than Python turns into a number
DEEP_JSON = b"[" * 20_000

# None: the field is missing. Several: it is repeated.
FIELD_VALUES: dict[str, list[bytes]] = {
    "missing": [],
    "empty": [b""],
    "spaces": [b"  \t\r\n "],
    "nul": [b"a\x00b"],
    "nul alone": [b"\x00"],
    "lone surrogate": [LONE_SURROGATE],
    "not UTF-8": [b"\xff\xfe\x80"],
    "GBK": ["徐梦瑶".encode("gbk")],
    "right to left": ["\u202e\u2067徐\u200f\u200b\ufeff".encode()],
    "beyond the BMP": ["👩‍👩‍👧‍👦𠮷".encode()],
    "20 kB": [LONG],
    "markup": [b"<script>'\";--${{7*7}}%(x)s{0}\\u0000"],
    "repeated": [b"1", b"2"],
    "repeated and empty": [b"", b"x", b""],
    "year 1": [b"0001-01-01"],
    "year 9999": [b"9999-12-31"],
    "no day": [b"0000-00-00"],
    "31 February": [b"2026-02-31"],
    "year 10000": [b"10000-01-01"],
    "last minute": [b"9999-12-31T23:59"],
    "first minute": [b"0001-01-01T00:00"],
    "25 o'clock": [b"25:61"],
    "midnight": [b"00:00"],
    "zero": [b"0"],
    "negative": [b"-1"],
    "beyond smallint": [b"32768"],
    "beyond int": [b"2147483648"],
    "beyond bigint": [b"9223372036854775808"],
    "10**30": [b"1" + b"0" * 30],
    "5000 digits": [BEYOND_INTEGER],
    "superscript": ["²".encode()],
    "Arabic digits": ["٣٤".encode()],
    "NaN": [b"NaN"],
    "Infinity": [b"-Infinity"],
    "1e400": [b"1e400"],
    "foreign pk": [b"987654321"],
    "JSON list": [b"[]"],
    "JSON object": [b'{"a": null, "kept": [1], "now": "x", "key": {}}'],
    "JSON null": [b"null"],
    "JSON surrogate": [b'["\\ud800", "\\u0000"]'],
    "deep JSON": [DEEP_JSON],
    "uuid": [b"00000000-0000-0000-0000-000000000000"],
    "path": [b"../../../etc/passwd"],
    "address": [b"//evil.example.org/\\@"],
}
ALWAYS = ("missing", "empty", "nul", "lone surrogate", "20 kB", "repeated", "5000 digits", "GBK")
_NUMBERS = (
    "zero", "negative", "beyond smallint", "beyond int", "beyond bigint", "10**30", "superscript",
    "Arabic digits", "NaN", "1e400", "foreign pk",
)  # fmt: skip
# First match; what is no field of a form is asked everything.
BY_KIND: list[tuple[type | tuple[type, ...], tuple[str, ...]]] = [
    (
        (forms.DateField, forms.DateTimeField, forms.TimeField),
        (
            "year 1", "year 9999", "no day", "31 February", "year 10000", "last minute", "first minute",
            "25 o'clock", "midnight", "negative", "Arabic digits",
        ),
    ),
    ((forms.IntegerField, forms.ModelChoiceField), _NUMBERS),
    ((forms.ChoiceField,), ("negative", "beyond bigint", "superscript", "spaces", "repeated and empty")),
    ((forms.UUIDField, forms.BooleanField), ("negative", "uuid", "beyond bigint")),
    (
        (forms.CharField,),
        (
            "spaces", "right to left", "beyond the BMP", "markup", "superscript", "negative",
            "beyond bigint", "NaN", "JSON object", "JSON surrogate", "deep JSON",
            "repeated and empty", "address", "year 9999", "nul alone",
        ),
    ),
]  # fmt: skip
# Fields that hang together (from, until) pass each other's check only where all of them are odd.
TOGETHER = ("year 1", "year 9999", "last minute", "beyond int", "beyond bigint", "20 kB")
QUERY_VALUES = (
    "nul", "lone surrogate", "not UTF-8", "20 kB", "year 1", "year 9999", "no day", "zero", "negative",
    "beyond int", "beyond bigint", "5000 digits", "superscript", "Arabic digits", "NaN", "deep JSON", "empty",
    "foreign pk", "right to left", "uuid", "31 February", "JSON object", "repeated",
)  # fmt: skip
# Beside what a page reads of its own accord.
QUERIES = (
    b"page=-1", b"page=99999999999999999999", b"q=%00", b"on=9999-12-31", b"%00=%00", b"&&==&;",
    b"q[]=1&q[a]=2", b"next=//evil.example.org",
)  # fmt: skip


def _zip() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("../../evil.csv", "a,b\n")
        archive.writestr("xl/workbook.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>")
    return kept.getvalue()


@dataclass(frozen=True)
class Upload:
    name: bytes
    content: bytes
    kind: bytes = b"application/octet-stream"


PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
UPLOADS: dict[str, Upload] = {
    "empty file": Upload(b"a.jpg", b"", b"image/jpeg"),
    "text as photo": Upload(b"a.jpg", b"hello", b"image/jpeg"),
    "cut photo": Upload(b"a.png", PNG, b"image/png"),
    "NUL in the name": Upload(b"a\x00.csv", b"a,b\n1,2\n", b"text/csv"),
    "300 characters": Upload("好".encode() * 300 + b".xlsx", b"a,b\n", b"text/csv"),
    "surrogate in the name": Upload(LONE_SURROGATE + b".csv", b"a\n", b"text/csv"),
    "up and away": Upload(b"../../../etc/passwd", b"root:x:0", b"text/plain"),
    "zip as sheet": Upload(b"a.xlsx", _zip(), b"application/vnd.ms-excel"),
    "polyglot": Upload(b"a.png", PNG + _zip(), b"image/png"),
    "cut zip": Upload(b"a.zip", _zip()[:60], b"application/zip"),
    "NULs as CSV": Upload(b"a.csv", b"\x00,\x00\n\x00,\x00\n" * 5, b"text/csv"),
    "UTF-16 without end": Upload(b"a.csv", b"\xff\xfea\x00,\x00b", b"text/csv"),
    "surrogates as CSV": Upload(b"a.csv", b"\xed\xa0\x80,\xff\n", b"text/csv"),
    "deep JSON": Upload(b"a.json", DEEP_JSON, b"application/json"),
    "odd JSON": Upload(b"a.json", b'{"resourceType": "\\ud800\\u0000", "item": [null, 1e999]}'),
    "SVG": Upload(
        b"a.svg", b"<svg onload='x()' xmlns='http://www.w3.org/2000/svg'/>", b"image/svg+xml"
    ),
    "no name": Upload(b"", b"a", b"image/jpeg"),
}

FORM = "application/x-www-form-urlencoded"
# (content type, body): `{body}` stands for the valid form.
BODIES: dict[str, tuple[str, bytes]] = {
    "JSON": ("application/json", b'{"key": ["x"], "a": null}'),
    "JSON list": ("application/json", b"[[[]]]"),
    "JSON cut short": ("application/json", b'{"key": "'),
    "JSON as form": (FORM, b'{"key": "x"}'),
    "text": ("text/plain", b"hello"),
    "XML": ("text/xml", b"<?xml version='1.0'?><a>&b;</a>"),
    "no type": ("", b"a=b"),
    "nonsense": ("///;;=,", b"a=b"),
    "GBK form": (f"{FORM}; charset=gbk", b"a=%D0%EC"),
    "UTF-7 form": (f"{FORM}; charset=utf-7", b"a=+2AA-"),
    "hex form": (f"{FORM}; charset=hex", b"a=zz"),
    "no boundary": ("multipart/form-data", b"--x\r\n"),
    "odd boundary": ("multipart/form-data; boundary=\xff\xfe", b"--x\r\n"),
    "multipart cut short": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nab',
    ),
    "multipart empty": ("multipart/form-data; boundary=x", b""),
    "multipart UTF-7": (
        "multipart/form-data; boundary=x; charset=utf-7",
        b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\n+2AA-\r\n--x--\r\n',
    ),
    "multipart hex": (
        "multipart/form-data; boundary=x; charset=hex",
        b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nzz\r\n--x--\r\n',
    ),
    "multipart base64": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="key"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n!\r\n--x--\r\n",
    ),
    "file without a name": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; filename="a"\r\n\r\nzz\r\n--x--\r\n',
    ),
    "2000 fields": (FORM, b"&".join(b"f%d=1" % number for number in range(2000))),
    "percent": (FORM, b"%=%&%zz=%u0041&%00=%00"),
}
HEADERS: dict[str, dict[str, str]] = {
    "language": {"accept-language": "zh-" + "x" * 600 + ",;q=,*;q=9,\xff\x00"},
    "htmx": {
        "hx-request": "true",
        "hx-target": "\xff'\"<>#" + "x" * 300,
        "hx-trigger": "\x00",
        "hx-current-url": "http://[::1",
        "hx-prompt": "%F0%28%8C%28",
    },
    "htmx encoded": {
        "hx-request": "true",
        "hx-current-url": "%00%ED%A0%80",
        "hx-current-url-uri-autoencoded": "true",
        "hx-target": "inplace-",
        "hx-target-uri-autoencoded": "true",
        "hx-boosted": "maybe",
    },
    "range": {"range": "bytes=99999999999999999999-1,-0,--5"},
    "range of digits": {"range": "bytes=" + "9" * 5000 + "-"},
    "superscript range": {"range": "bytes=\xb2-\xb3"},
    "since": {
        "if-modified-since": "Fri, 31 Feb 99999 25:61:61 GMT",
        "if-none-match": '"\xff", W/,*',
    },
    "offline": {"x-offline": "1", "accept": "application/json", "x-requested-with": "\xff"},
    # Octal escapes of a quoted cookie become signs again.
    "session cookie": {"cookie": 'sessionid="' + r"\000" * 9 + '"'},
    "cookie": {"cookie": r'csrftoken="\000"; django_language="\000"; messages="\377\000"; =; ;;'},
    "long cookie": {"cookie": "sessionid=" + "x" * 7000 + "; messages=" + "e" * 500},
    "agent": {"user-agent": "Mozilla/5.0 \xff\xfe " + "x" * 5000, "referer": "http://[::1"},
    "type": {"content-type": "text/html; charset=hex", "accept": "\xff/*;q=x"},
    "length": {
        "x-forwarded-for": "\xff, 999.999.999.999, ::zz",
        "x-forwarded-host": "evil.example.org",
    },
    "authorization": {"authorization": "Bearer \xff\x00", "x-request-id": "\x00" * 9 + "x" * 5000},
}
# What an address can hold where a key, a token or a number stands.
PARTS: dict[str, str] = {
    "zero": "0",
    "beyond int": "2147483648",
    "beyond bigint": "9223372036854775808",
    "30 digits": "1" + "0" * 30,
    "5000 digits": "9" * 5000,
    "nul": "a%00b",
    "nul alone": "%00",
    "surrogate": "%ED%A0%80",
    "not UTF-8": "%FF%FE",
    "emoji": "%F0%9F%91%A9",
    "long": "x" * 3000,
    "colons": "1:2:3:::",
    "signed": "eyJhIjoxfQ:1abcde:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "dots": "..%2F..%2Fetc",
    "superscript": "%C2%B2",
    "uuid": "00000000-0000-0000-0000-000000000000",
}
