"""A workbook that opens with a password alone, in Excel and in WPS, without another program."""

import io
import secrets

# No sign that reads like another over a telephone or in handwriting: 31 of them, 79 bits in 16.
SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_SIGNS = 4, 4


class NotSealed(Exception):
    """What was encrypted does not read back: nothing may leave."""


def new_password() -> str:
    """Such as "k7mf-2xqp-…", which one person can read out to another."""
    group = ("".join(secrets.choice(SIGNS) for _sign in range(GROUP_SIGNS)) for _ in range(GROUPS))
    return "-".join(group)


def sealed(content: bytes, password: str) -> bytes:
    """The workbook under AES-256 as Excel does it (ECMA-376, agile encryption), read back before it leaves.
    Raises NotSealed.
    """
    # Loaded when a ledger is made, as the writer of workbooks is.
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
