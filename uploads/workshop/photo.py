"""A photo as a plain JPEG (iOS 13 knows no WebP): upright, small, without its hidden data."""

import contextlib
import io
import zipfile

import pillow_heif
from PIL import Image, ImageCms, ImageOps

from uploads.rules import PHOTO_KEPT_BYTES, PHOTO_LONG_SIDE, PHOTO_PIXELS, Trouble, photo_format
from uploads.workshop.outcome import Bad, Made

QUALITIES = (82, 74, 66, 58, 48)
SHRINK = 0.8

pillow_heif.register_heif_opener(thumbnails=False)
Image.MAX_IMAGE_PIXELS = None  # ours is asked before a pixel is read


def make(data: bytes) -> Made:
    kind = photo_format(data[:32])
    # Half photo, half archive: nobody's camera makes it.
    if kind is None or zipfile.is_zipfile(io.BytesIO(data)):
        raise Bad(Trouble.NOT_A_PHOTO)
    picture = _upright(_opened(data, kind))
    picture.thumbnail((PHOTO_LONG_SIDE, PHOTO_LONG_SIDE), Image.Resampling.LANCZOS)
    kept, small = _small_enough(_bare(picture))
    facts = {"width": small.width, "height": small.height}
    return Made(facts, [("image/jpeg", kept)])


def _opened(data: bytes, kind: str) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(data), formats=[kind])
    except Exception:
        raise Bad(Trouble.PHOTO_BROKEN) from None
    if picture.width * picture.height > PHOTO_PIXELS:
        raise Bad(Trouble.PHOTO_TOO_MANY_PIXELS)
    # A JPEG can be read at half, a quarter or an eighth of its size.
    picture.draft("RGB", (PHOTO_LONG_SIDE, PHOTO_LONG_SIDE))
    try:
        picture.load()
    except Exception:
        raise Bad(Trouble.PHOTO_BROKEN) from None
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    with contextlib.suppress(Exception):  # a broken note about which way is up: as it lies
        return ImageOps.exif_transpose(picture)
    return picture


def _bare(picture: Image.Image) -> Image.Image:
    """The pixels alone, in the colours of an ordinary screen, clear parts white."""
    profile = picture.info.get("icc_profile")
    if picture.mode in ("RGBA", "LA", "PA", "P"):
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    elif profile and picture.mode in ("RGB", "CMYK"):
        picture = _in_screen_colours(picture, profile)
    bare = picture.convert("RGB")
    bare.info = {}
    return bare


def _in_screen_colours(picture: Image.Image, profile: bytes) -> Image.Image:
    with contextlib.suppress(Exception):
        screen = ImageCms.createProfile("sRGB")
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(picture, own, screen, outputMode="RGB") or picture
    return picture


def _small_enough(picture: Image.Image) -> tuple[bytes, Image.Image]:
    while True:
        for quality in QUALITIES:
            out = io.BytesIO()
            picture.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
            if out.tell() <= PHOTO_KEPT_BYTES:
                return out.getvalue(), picture
        smaller = (int(picture.width * SHRINK) or 1, int(picture.height * SHRINK) or 1)
        picture = picture.resize(smaller, Image.Resampling.LANCZOS)
