"""The boxes of a tablet that was made ready for a lesson: one for each child, opened by the seat's number.

The tablet has no list of names and numbers. A number, stretched by PBKDF2 with the lesson's salt, names the
box and opens it; a wrong one opens nothing. A person who takes the tablet's storage home can try out six
digits. Therefore a box holds no answer, and only the number for adults brings the boxes
(docs/decisions/0065-a-tablet-made-ready-for-a-lesson.md).
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterable
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from surveys.envelopes import NONCE_BYTES

# Rounds of PBKDF2-SHA-256 for 64 bytes: about 30 ms for each child here, half a second on a slow tablet.
ROUNDS = 40_000
SALT_BYTES = 16
NAME_BYTES = KEY_BYTES = 32


def packed(contents: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Return {salt, rounds, boxes: {name: sealed}}, all base64.

    `contents`: (number of the seat, what its child gets).
    """
    salt = os.urandom(SALT_BYTES)
    boxes = {}
    for code, inside in contents:
        stretched = hashlib.pbkdf2_hmac(
            "sha256", code.encode(), salt, ROUNDS, NAME_BYTES + KEY_BYTES
        )
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(stretched[NAME_BYTES:]).encrypt(nonce, json.dumps(inside).encode(), None)
        boxes[_text(stretched[:NAME_BYTES])] = _text(nonce + sealed)
    return {"salt": _text(salt), "rounds": ROUNDS, "boxes": boxes}


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
