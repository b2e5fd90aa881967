"""Encrypt a workbook so that Excel and WPS open it with a password alone, without another program."""

import io
import secrets

# No characters that can be confused on the telephone or in handwriting: 31 of them, so 16 make 79 bits.
SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_SIGNS = 4, 4


class NotSealed(Exception):
    """The encrypted file does not read back correctly, so nothing may leave."""


def new_password() -> str:
    """Return a password such as "k7mf-2xqp-…", which one person can read out to another."""
    group = ("".join(secrets.choice(SIGNS) for _sign in range(GROUP_SIGNS)) for _ in range(GROUPS))
    return "-".join(group)


def sealed(content: bytes, password: str) -> bytes:
    """Return the workbook encrypted with AES-256 as Excel does it (ECMA-376, agile encryption).

    It is decrypted again as a check. Raise NotSealed if the result differs.
    """
    # Imported only when a ledger is made, like the library that writes workbooks.
    from msoffcrypto.format.ooxml import OOXMLFile

    out = io.BytesIO()
    OOXMLFile(io.BytesIO(content)).encrypt(password, out)
    if unsealed(out.getvalue(), password) != content:
        raise NotSealed
    return out.getvalue()


def unsealed(content: bytes, password: str) -> bytes:
    from msoffcrypto.format.ooxml import OOXMLFile

    file, plain = OOXMLFile(io.BytesIO(content)), io.BytesIO()
    file.load_key(password=password, verify_password=True)
    file.decrypt(plain, verify_integrity=True)
    return plain.getvalue()
