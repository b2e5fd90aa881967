"""What stands on the pages of a PDF, and in which type."""

from pypdfium2 import PdfDocument, PdfTextObj


def text_of_pdf(content: bytes) -> str:
    with PdfDocument(content) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def pages_of_pdf(content: bytes) -> int:
    with PdfDocument(content) as document:
        return len(document)


def fonts_of_pdf(content: bytes) -> dict[str, bool]:
    """By name: whether the font travels inside the file."""
    fonts = {}
    with PdfDocument(content) as document:
        for page in document:
            for piece in page.get_objects():
                if isinstance(piece, PdfTextObj):
                    font = piece.get_font()
                    fonts[font.get_base_name()] = font.is_embedded
    return fonts
