"""A photo as a plain JPEG (iOS 13 does not support WebP): upright, small, without its hidden data."""

import contextlib
import io
import zipfile

import pillow_heif
from PIL import Image, ImageCms, ImageOps

from uploads.rules import PHOTO_PIXELS, Trouble, photo_format
from uploads.workshop.outcome import Bad, Made

QUALITIES = (82, 74, 66, 58, 48)
SHRINK = 0.8

pillow_heif.register_heif_opener(thumbnails=False)
Image.MAX_IMAGE_PIXELS = None  # we check our own limit before reading a pixel


def make(data: bytes, size: tuple[int, int]) -> Made:
    """Make the photo; `size` is the maximum for the longer side in pixels, and for the file in bytes."""
    long_side, kept_bytes = size
    kind = photo_format(data[:32])
    # Both a photo and an archive: no camera makes that.
    if kind is None or zipfile.is_zipfile(io.BytesIO(data)):
        raise Bad(Trouble.NOT_A_PHOTO)
    try:
        picture: Image.Image = Image.open(io.BytesIO(data), formats=[kind])
    except Exception:
        raise Bad(Trouble.PHOTO_BROKEN) from None
    if picture.width * picture.height > PHOTO_PIXELS:
        raise Bad(Trouble.PHOTO_TOO_MANY_PIXELS)
    # A JPEG can be read at half, a quarter or an eighth of its size.
    picture.draft("RGB", (long_side, long_side))
    try:
        picture.load()
    except Exception:
        raise Bad(Trouble.PHOTO_BROKEN) from None
    with contextlib.suppress(Exception):  # broken orientation data: leave it as it is
        picture = ImageOps.exif_transpose(picture)
    picture.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
    small = _pixels_only(picture)
    while True:
        for quality in QUALITIES:
            out = io.BytesIO()
            small.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
            if out.tell() <= kept_bytes:
                facts = {"width": small.width, "height": small.height}
                return Made(facts, [("image/jpeg", out.getvalue())])
        smaller = (int(small.width * SHRINK) or 1, int(small.height * SHRINK) or 1)
        small = small.resize(smaller, Image.Resampling.LANCZOS)


def _pixels_only(picture: Image.Image) -> Image.Image:
    """Return only the pixels, in the colours of an ordinary screen, with clear parts white."""
    profile = picture.info.get("icc_profile")
    if picture.mode in ("RGBA", "LA", "PA", "P"):
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    elif profile and picture.mode in ("RGB", "CMYK"):
        with contextlib.suppress(Exception):  # a broken profile: leave the colours as they are
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            screen = ImageCms.createProfile("sRGB")
            changed = ImageCms.profileToProfile(picture, own, screen, outputMode="RGB")
            picture = changed or picture
    bare = picture.convert("RGB")
    bare.info = {}
    return bare
