"""Turns the code and words of an SMS that a network did not deliver into one of our causes.

Providers pass on the networks' own codes, hundreds of them, and change them; their words name the cause more
reliably than the code does. Read in November 2026: Alibaba Cloud's receipt codes (document 101347), Tencent
Cloud's (api/382/59177).
"""

# Our causes, as in texts.CAUSES, that are about the address itself: whoever sends, it will not arrive there.
ABOUT_ADDRESS = (
    "no_such_number",
    "number_out_of_service",
    "phone_off",
    "number_refuses",
    "closed_by_family",
)
BY_CODE = {
    "MOBILE_NOT_ON_SERVICE": "number_out_of_service",
    "MOBILE_ACCOUNT_ABNORMAL": "number_out_of_service",
    "MOBILE_TERMINAL_ERROR": "phone_off",
    "MOBILE_IN_BLACK": "number_refuses",
    "USER_REJECT": "number_refuses",
    "MOBILE_SEND_LIMIT": "number_limit",
    "INVALID_NUMBER": "no_such_number",
    "CONTENT_KEYWORD": "content_refused",
    "CONTENT_ERROR": "content_refused",
    "MK:0001": "no_such_number",
    "MK:0005": "number_out_of_service",
    "MK:0012": "no_such_number",
    "MI:0013": "number_out_of_service",
    "MI:0024": "phone_off",
    "MI:0054": "phone_off",
    "MI:0059": "phone_off",
    "MI:0210": "no_such_number",
    "EXPIRED": "phone_off",
    "002": "phone_off",
    "-106": "content_refused",
}
BY_WORD = (
    ("停机", "number_out_of_service"),
    ("欠费", "number_out_of_service"),
    ("空号", "no_such_number"),
    ("号码不存在", "no_such_number"),
    ("关机", "phone_off"),
    ("不在服务区", "phone_off"),
    ("无法接通", "phone_off"),
    ("黑名单", "number_refuses"),
    ("免打扰", "number_refuses"),
    ("退订", "number_refuses"),
    ("拒收", "number_refuses"),
    ("上限", "number_limit"),
    ("频", "number_limit"),
    ("敏感", "content_refused"),
    ("关键", "content_refused"),
    ("签名", "content_refused"),
    ("模板", "content_refused"),
)


def cause_of(code: str, words: str = "") -> str:
    """Return the cause: by a clear code, else by the words, else "not delivered".

    Words such as “空号、停机” name the likelier cause first.
    """
    if code.upper() in BY_CODE:
        return BY_CODE[code.upper()]
    found = [(words.find(word), cause) for word, cause in BY_WORD if word in words]
    return min(found)[1] if found else "not_delivered"
