"""Photos: what comes in, in every form; what is kept; and what is turned away."""

import io
import struct
import zlib

import pillow_heif
import pytest
from PIL import Image

from tests.factories.files import as_file, photo, picture, zip_of
from uploads.remaking import remake_photo
from uploads.rules import PHOTO_BYTES, PHOTO_KEPT_BYTES, PHOTO_LONG_SIDE, BadUpload, Trouble

pytestmark = pytest.mark.usefixtures("each_file_to_the_workshop")

EXIF_ORIENTATION, EXIF_MAKE, EXIF_GPS = 0x0112, 0x010F, 0x8825


def kept(data: bytes, name: str = "a.jpg") -> Image.Image:
    remade = remake_photo(as_file(data, name))
    [(content_type, made)] = remade.contents
    image = Image.open(io.BytesIO(made))
    assert (content_type, image.format) == ("image/jpeg", "JPEG")
    assert remade.facts == {"width": image.width, "height": image.height}
    return image


def heic(width: int = 400, height: int = 300) -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(picture(width, height)).save(out, quality=80)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_kind_of_photo_is_kept_as_jpeg_whatever_it_calls_itself(kind):
    assert kept(photo(kind=kind), "letter.docx").size == (640, 480)


def test_an_iphones_heic_is_read():
    assert kept(heic(), "IMG_0001.HEIC").size == (400, 300)


def test_a_large_photo_becomes_small():
    image = photo(4000, 3000, noise=True, quality=60)
    assert len(image) > 3_000_000
    made = remake_photo(as_file(image)).contents[0][1]
    size = Image.open(io.BytesIO(made)).size
    assert len(made) <= PHOTO_KEPT_BYTES
    assert max(size) <= PHOTO_LONG_SIDE
    assert size[0] * 3 == pytest.approx(size[1] * 4, rel=0.01)


def test_place_camera_and_comment_are_gone_and_the_photo_stands_upright():
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6  # held upright: to be turned by 90° to the right
    exif[EXIF_MAKE] = "Xiaomi"
    exif.get_ifd(EXIF_GPS)[1] = "N"
    sent = photo(exif=exif, comment=b"home: Huangyangchuan")
    assert b"Xiaomi" in sent
    image = kept(sent)
    assert image.size == (480, 640)
    assert dict(image.getexif()) == {}
    assert not {"exif", "comment", "xmp", "icc_profile"} & set(image.info)
    red_side = image.getpixel((470, 320))
    assert red_side[0] > 200
    assert red_side[2] < 60


def test_clear_parts_become_white():
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(out, "PNG")
    assert min(kept(out.getvalue()).getpixel((25, 25))) > 245


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims to be enormous."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checked = kind + body
        return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 10_000)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def gif_bomb() -> bytes:
    out = io.BytesIO()
    first, *rest = [Image.new("P", (2000, 2000), i) for i in range(20)]
    first.save(out, "GIF", save_all=True, append_images=rest)
    return out.getvalue()


SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
)
HOSTILE = {
    "an empty file": (lambda: b"", Trouble.EMPTY),
    "an SVG": (lambda: SVG, Trouble.NOT_A_PHOTO),
    "a program under a photo's name": (lambda: b"MZ" + b"\0" * 4000, Trouble.NOT_A_PHOTO),
    "a page": (lambda: b"<html><body onload=alert(1)>", Trouble.NOT_A_PHOTO),
    "an archive": (zip_of, Trouble.NOT_A_PHOTO),
    "photo and archive in one": (lambda: photo() + zip_of(), Trouble.NOT_A_PHOTO),
    "a moving GIF that unpacks without end": (gif_bomb, Trouble.NOT_A_PHOTO),
    "a PNG of 3.6 thousand million pixels": (
        lambda: bomb(60_000, 60_000),
        Trouble.PHOTO_TOO_MANY_PIXELS,
    ),
    "a PNG whose pixels are missing": (lambda: bomb(3000, 3000), Trouble.PHOTO_BROKEN),
    "a photo cut off on the way": (lambda: photo()[:-2000], Trouble.PHOTO_BROKEN),
    "a HEIC cut off on the way": (lambda: heic()[:600], Trouble.PHOTO_BROKEN),
    "only the first bytes of a photo": (lambda: b"\xff\xd8\xff\xe0", Trouble.PHOTO_BROKEN),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_turned_away_with_a_sentence(case):
    make, trouble = HOSTILE[case]
    with pytest.raises(BadUpload) as raised:
        remake_photo(as_file(make()))
    assert raised.value.trouble == trouble
    assert str(raised.value)


def test_what_is_too_large_is_not_even_read():
    class Unreadable:
        size = PHOTO_BYTES + 1

        def read(self, *args):
            raise AssertionError("read into memory")

    with pytest.raises(BadUpload) as raised:
        remake_photo(Unreadable())
    assert raised.value.trouble == Trouble.PHOTO_TOO_LARGE
    assert "12" in str(raised.value)
