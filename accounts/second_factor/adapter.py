"""Our settings for allauth's mfa: names on the phone, the QR code, and how secrets are stored."""

import base64
from typing import Any

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from accounts.models import User

QR_ERROR = "m"


class SecretUnreadable(Exception):
    """Raised if no key of the ring opens the secret: the key was rotated away, or the secret
    tampered with.
    """


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is wrong or was used before. Please enter the next one."),
    }

    def encrypt(self, text: str) -> str:
        """Encrypt with SECRET_KEY from the environment, so that a copy of the database alone produces no
        codes.
        """
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt a secret. Raises SecretUnreadable."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadable from error

    def build_totp_svg(self, url: str) -> SafeString:
        """Draw the QR code without a size; the style sheet sets it."""
        drawn = segno.make(url, error=QR_ERROR, micro=False)
        svg = drawn.svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None, dark="#000")
        return mark_safe(svg)  # noqa: S308 - segno's own drawing of an address of ours

    def get_totp_issuer(self) -> str:
        return "家桥"

    def get_totp_label(self, user: Any) -> str:
        return user.username

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return super().get_public_key_credential_rp_entity() | {"name": "家桥"}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        return super().get_public_key_credential_user_entity(user) | {"name": user.username}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        return User.objects.get(pk=user.pk).name


def _box() -> MultiFernet:
    roots = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    info = b"jiaqiao.second-factor"
    keys = [
        HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(root.encode())
        for root in roots
    ]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
