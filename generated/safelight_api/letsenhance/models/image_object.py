from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ImageObject")


@_attrs_define
class ImageObject:
    """A picture, before or after. The service always keeps its aspect ratio.

    Attributes:
        ext (None | str | Unset): The end of the file's name, without the dot.
        mps (float | None | Unset): How many millions of pixels it has.
        url (None | str | Unset): Where it was fetched from; null for a result.
        mime (None | str | Unset): Its media type.
        size (list[int] | None | Unset): Width and height in pixels, in this order.
        width (int | None | Unset): Its width in pixels.
        height (int | None | Unset): Its height in pixels.
        format_ (None | str | Unset): Its format. JPEG, TIFF, PNG, BMP and WEBP are taken; JPEG and PNG are made.
        s3_key (None | str | Unset): Its key in the bucket; null if it is not kept there.
        tmp_url (None | str | Unset): A presigned URL that gives it for 24 hours. The vendor's prose once calls it by
            another name, all its examples by this one.
        basename (None | str | Unset): The file's name without its end.
        filename (None | str | Unset): The file's name.
        interpret (None | str | Unset): How its colours are to be read, such as `srgb`.
        s3_bucket (None | str | Unset): The bucket that it is kept in, for results `leapi-tmp-us-east-1` by default.
        s3_key_prefix (None | str | Unset): What keys in the bucket begin with.
    """

    ext: None | str | Unset = UNSET
    mps: float | None | Unset = UNSET
    url: None | str | Unset = UNSET
    mime: None | str | Unset = UNSET
    size: list[int] | None | Unset = UNSET
    width: int | None | Unset = UNSET
    height: int | None | Unset = UNSET
    format_: None | str | Unset = UNSET
    s3_key: None | str | Unset = UNSET
    tmp_url: None | str | Unset = UNSET
    basename: None | str | Unset = UNSET
    filename: None | str | Unset = UNSET
    interpret: None | str | Unset = UNSET
    s3_bucket: None | str | Unset = UNSET
    s3_key_prefix: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        ext: None | str | Unset
        if isinstance(self.ext, Unset):
            ext = UNSET
        else:
            ext = self.ext

        mps: float | None | Unset
        if isinstance(self.mps, Unset):
            mps = UNSET
        else:
            mps = self.mps

        url: None | str | Unset
        if isinstance(self.url, Unset):
            url = UNSET
        else:
            url = self.url

        mime: None | str | Unset
        if isinstance(self.mime, Unset):
            mime = UNSET
        else:
            mime = self.mime

        size: list[int] | None | Unset
        if isinstance(self.size, Unset):
            size = UNSET
        elif isinstance(self.size, list):
            size = self.size

        else:
            size = self.size

        width: int | None | Unset
        if isinstance(self.width, Unset):
            width = UNSET
        else:
            width = self.width

        height: int | None | Unset
        if isinstance(self.height, Unset):
            height = UNSET
        else:
            height = self.height

        format_: None | str | Unset
        if isinstance(self.format_, Unset):
            format_ = UNSET
        else:
            format_ = self.format_

        s3_key: None | str | Unset
        if isinstance(self.s3_key, Unset):
            s3_key = UNSET
        else:
            s3_key = self.s3_key

        tmp_url: None | str | Unset
        if isinstance(self.tmp_url, Unset):
            tmp_url = UNSET
        else:
            tmp_url = self.tmp_url

        basename: None | str | Unset
        if isinstance(self.basename, Unset):
            basename = UNSET
        else:
            basename = self.basename

        filename: None | str | Unset
        if isinstance(self.filename, Unset):
            filename = UNSET
        else:
            filename = self.filename

        interpret: None | str | Unset
        if isinstance(self.interpret, Unset):
            interpret = UNSET
        else:
            interpret = self.interpret

        s3_bucket: None | str | Unset
        if isinstance(self.s3_bucket, Unset):
            s3_bucket = UNSET
        else:
            s3_bucket = self.s3_bucket

        s3_key_prefix: None | str | Unset
        if isinstance(self.s3_key_prefix, Unset):
            s3_key_prefix = UNSET
        else:
            s3_key_prefix = self.s3_key_prefix

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if ext is not UNSET:
            field_dict["ext"] = ext
        if mps is not UNSET:
            field_dict["mps"] = mps
        if url is not UNSET:
            field_dict["url"] = url
        if mime is not UNSET:
            field_dict["mime"] = mime
        if size is not UNSET:
            field_dict["size"] = size
        if width is not UNSET:
            field_dict["width"] = width
        if height is not UNSET:
            field_dict["height"] = height
        if format_ is not UNSET:
            field_dict["format"] = format_
        if s3_key is not UNSET:
            field_dict["s3_key"] = s3_key
        if tmp_url is not UNSET:
            field_dict["tmp_url"] = tmp_url
        if basename is not UNSET:
            field_dict["basename"] = basename
        if filename is not UNSET:
            field_dict["filename"] = filename
        if interpret is not UNSET:
            field_dict["interpret"] = interpret
        if s3_bucket is not UNSET:
            field_dict["s3_bucket"] = s3_bucket
        if s3_key_prefix is not UNSET:
            field_dict["s3_key_prefix"] = s3_key_prefix

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_ext(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        ext = _parse_ext(d.pop("ext", UNSET))

        def _parse_mps(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        mps = _parse_mps(d.pop("mps", UNSET))

        def _parse_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        url = _parse_url(d.pop("url", UNSET))

        def _parse_mime(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        mime = _parse_mime(d.pop("mime", UNSET))

        def _parse_size(data: object) -> list[int] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                size_type_0 = cast(list[int], data)

                return size_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[int] | None | Unset, data)

        size = _parse_size(d.pop("size", UNSET))

        def _parse_width(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        width = _parse_width(d.pop("width", UNSET))

        def _parse_height(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        height = _parse_height(d.pop("height", UNSET))

        def _parse_format_(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        format_ = _parse_format_(d.pop("format", UNSET))

        def _parse_s3_key(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        s3_key = _parse_s3_key(d.pop("s3_key", UNSET))

        def _parse_tmp_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        tmp_url = _parse_tmp_url(d.pop("tmp_url", UNSET))

        def _parse_basename(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        basename = _parse_basename(d.pop("basename", UNSET))

        def _parse_filename(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        filename = _parse_filename(d.pop("filename", UNSET))

        def _parse_interpret(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        interpret = _parse_interpret(d.pop("interpret", UNSET))

        def _parse_s3_bucket(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        s3_bucket = _parse_s3_bucket(d.pop("s3_bucket", UNSET))

        def _parse_s3_key_prefix(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        s3_key_prefix = _parse_s3_key_prefix(d.pop("s3_key_prefix", UNSET))

        image_object = cls(
            ext=ext,
            mps=mps,
            url=url,
            mime=mime,
            size=size,
            width=width,
            height=height,
            format_=format_,
            s3_key=s3_key,
            tmp_url=tmp_url,
            basename=basename,
            filename=filename,
            interpret=interpret,
            s3_bucket=s3_bucket,
            s3_key_prefix=s3_key_prefix,
        )

        image_object.additional_properties = d
        return image_object

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
