"""What a file is, told by its first bytes, so that what a service does not take need not be sent first."""

from __future__ import annotations

HEAD = 16
"""Bytes that are enough to tell."""

_SUFFIXES = {
    "AVIF": ".avif",
    "BMP": ".bmp",
    "GIF": ".gif",
    "HEIC": ".heic",
    "JPEG": ".jpg",
    "MP4": ".mp4",
    "Matroska": ".mkv",
    "PNG": ".png",
    "QuickTime": ".mov",
    "TIFF": ".tif",
    "WEBP": ".webp",
}
_SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"\x1aE\xdf\xa3", "Matroska"),
)
_BRANDS = {b"avif": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"qt  ": "QuickTime"}


def format_of(head: bytes) -> str:
    """The name of a file's format, or nothing where it is not known.

    Args:
        head: The file's first `HEAD` bytes.
    """
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "MP4")
    return next((name for signature, name in _SIGNATURES if head.startswith(signature)), "")


def suffix_of(name: str | None) -> str:
    """The suffix of a format's files, by its name; empty where it is not known."""
    return _SUFFIXES.get(name or "", "")
