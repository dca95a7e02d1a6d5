"""What the sandbox makes of its input: files that a reader of Gaussians can read, in the input's colours."""

from __future__ import annotations

import io
import json
import math
import struct
import zipfile
from typing import Any

import attrs
import httpx
import pytest
from PIL import Image

from safelight.sandbox.gaussians import SH_C0
from tests.contract.sandbox_api import Api, archive, picture

RED, BLUE = (255, 0, 0), (0, 0, 255)
VIDEO = bytes(range(256)) * 20


@attrs.frozen
class Ply:
    comments: list[str]
    names: list[str]
    rows: list[tuple[float, ...]]

    def column(self, name: str) -> list[float]:
        index = self.names.index(name)
        return [row[index] for row in self.rows]

    def colours(self) -> set[tuple[int, ...]]:
        channels = zip(*(self.column(f"f_dc_{channel}") for channel in range(3)), strict=True)
        return {tuple(round((value * SH_C0 + 0.5) * 255) for value in colour) for colour in channels}


def read_ply(data: bytes) -> Ply:
    header, _, body = data.partition(b"end_header\n")
    lines = header.decode("ascii").splitlines()
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    names = [line.split()[2] for line in lines if line.startswith("property float ")]
    (count,) = [int(line.split()[2]) for line in lines if line.startswith("element vertex ")]
    row = struct.Struct(f"<{len(names)}f")
    assert len(body) == count * row.size
    comments = [line for line in lines if line.startswith("comment ")]
    assert len(lines) == 3 + len(names) + len(comments)
    return Ply(comments, names, list(row.iter_unpack(body)))


def fetch(api: Api, sid: str, **query: Any) -> bytes:
    reply = httpx.get(api.model_url(sid, **query))
    assert reply.status_code == 200
    return reply.content


@pytest.mark.parametrize(("quality", "columns"), [("sd", 17), ("hd", 62)])
def test_the_ply_is_in_the_usual_layout(api: Api, quality: str, columns: int) -> None:
    ply = read_ply(fetch(api, api.ready(VIDEO), quality=quality, profiles="ply"))
    rest = [f"f_rest_{index}" for index in range(columns - 17)]
    assert ply.names == [
        *("x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2"),
        *rest,
        *("opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"),
    ]
    assert ply.rows
    assert all(math.isfinite(value) for row in ply.rows for value in row)
    assert "sandbox" in ply.comments[0]
    assert "no reconstruction" in ply.comments[0]


def test_a_red_picture_makes_red_gaussians(api: Api) -> None:
    sid = api.ready(archive({"red.png": picture(RED)}), "bulk-images")
    ply = read_ply(fetch(api, sid, quality="sd"))
    assert ply.colours() == {RED}
    assert len(ply.rows) == 24 * 16


def test_pictures_hang_side_by_side_and_their_gaussians_lie_in_their_planes(api: Api) -> None:
    sid = api.ready(archive({"a/1.png": picture(RED), "b/c/2.png": picture(BLUE)}), "bulk-images")
    ply = read_ply(fetch(api, sid, quality="sd"))
    assert ply.colours() == {RED, BLUE}
    places = {"red": [], "blue": []}  # type: dict[str, list[float]]
    for x, red in zip(ply.column("x"), ply.column("f_dc_0"), strict=True):
        places["red" if red > 0 else "blue"].append(x)
    assert max(places["red"]) < min(places["blue"])
    for row in ply.rows:
        w, x, y, z = row[-4:]
        assert math.isclose(w * w + x * x + y * y + z * z, 1, abs_tol=1e-5)
        # The thin axis of the Gaussian, turned by its rotation, is the picture's normal, on either side.
        thin = (2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y))
        assert math.isclose(abs(sum(a * b for a, b in zip(thin, row[3:6], strict=True))), 1, abs_tol=1e-5)


def test_other_bytes_make_another_model_and_the_same_bytes_the_same(api: Api) -> None:
    first, again = (fetch(api, api.ready(VIDEO), quality="sd") for _ in range(2))
    other = fetch(api, api.ready(VIDEO[::-1]), quality="sd")
    assert first == again
    assert first != other


def test_one_byte_is_enough_for_a_model(api: Api) -> None:
    assert len(read_ply(fetch(api, api.ready(b"x"), quality="sd")).rows) == 1


def test_sogs_holds_the_same_gaussians_in_pictures(api: Api) -> None:
    sid = api.ready(archive({"1.png": picture((250, 128, 3)), "2.png": picture(BLUE)}), "bulk-images")
    ply = read_ply(fetch(api, sid, quality="sd", profiles="ply"))
    with zipfile.ZipFile(io.BytesIO(fetch(api, sid, quality="sd", profiles="sogs-sh0"))) as bundle:
        meta = json.loads(bundle.read("meta.json"))
        names = [name for part in ("means", "scales", "quats", "sh0") for name in meta[part]["files"]]
        assert sorted(bundle.namelist()) == sorted([*names, "meta.json"])
        assert len(bundle.namelist()) == 6
        pixels = {name.partition(".")[0]: pixels_of(bundle.read(name)) for name in names}
    assert "sandbox" in meta["comment"]
    count = meta["means"]["shape"][0]
    assert count == len(ply.rows)
    for index in range(count):
        row = ply.rows[index]
        for axis in range(3):
            sixteen = pixels["means_u"][index][axis] << 8 | pixels["means_l"][index][axis]
            log = between(meta["means"], axis, sixteen / 65535)
            assert math.copysign(math.expm1(abs(log)), log) == pytest.approx(row[axis], abs=1e-3)
            assert between(meta["sh0"], axis, pixels["sh0"][index][axis] / 255) == pytest.approx(
                row[6 + axis], abs=0.01
            )
            assert between(meta["scales"], axis, pixels["scales"][index][axis] / 255) == pytest.approx(
                row[10 + axis], abs=0.02
            )
        *three, which = pixels["quats"][index]
        rotation = [(value / 255 - 0.5) * math.sqrt(2) for value in three]
        rotation.insert(which - 252, math.sqrt(max(0, 1 - sum(value * value for value in rotation))))
        assert rotation == pytest.approx(row[-4:], abs=0.01)
    assert meta["sh0"]["mins"][3] == pytest.approx(ply.column("opacity")[0])


def pixels_of(data: bytes) -> list[tuple[int, ...]]:
    image = Image.open(io.BytesIO(data))
    channels = len(image.getbands())
    raw = image.tobytes()
    return [tuple(raw[at : at + channels]) for at in range(0, len(raw), channels)]


def between(part: dict[str, list[float]], axis: int, share: float) -> float:
    return part["mins"][axis] + share * (part["maxs"][axis] - part["mins"][axis])


def test_metadata_tells_sizes_boxes_and_cameras(api: Api) -> None:
    sid = api.ready(archive({f"{index}.png": picture() for index in range(5)}), "bulk-images")
    reply = api.http.get(f"/share/{sid}/metadata", params={"quality": "sd", "profiles": ["ply", "sogs-sh0"]}).json()
    assert [model["size"] for model in reply["models"]] == [
        len(httpx.get(model["url"]).content) for model in reply["models"]
    ]
    assert reply["model_urls"] == [model["url"] for model in reply["models"]]
    assert reply["profile_name"] == "ply"
    assert len(reply["cameras"]) == 5
    assert all(len(camera["matrix"]) == 16 for camera in reply["cameras"])
    ply = read_ply(httpx.get(reply["models"][0]["url"]).content)
    for axis, name in enumerate("xyz"):
        column = ply.column(name)
        assert reply["models"][0]["aabb"]["min"][axis] == min(column)
        assert reply["models"][0]["aabb"]["max"][axis] == max(column)


def test_the_newer_metadata_leads_to_a_model_and_its_cameras(api: Api) -> None:
    sid = api.ready(VIDEO)
    reply = api.http.get(f"/api/v2/captures/{sid}/metadata").json()
    assert httpx.get(reply["model_url"]).content == fetch(api, sid, quality="hd")
    cameras = httpx.get(reply["cameras_url"])
    assert cameras.headers["Content-Type"].startswith("application/json")
    assert [len(camera["matrix"]) for camera in cameras.json()["cameras"]] == [16]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/share/{}/metadata", {"quality": "4k"}),
        ("/share/{}/metadata", {"profiles": ["ply", "obj"]}),
        ("/api/v2/captures/{}/metadata", {"content_profile": "obj"}),
        ("/api/v2/captures/{}/metadata", {"crop_variant": "tight"}),
        ("/api/v2/captures/{}/metadata", {"coord_system": "sideways"}),
    ],
)
def test_a_model_that_does_not_exist_is_not_found(api: Api, path: str, query: dict[str, Any]) -> None:
    assert api.http.get(path.format(api.ready(VIDEO)), params=query).status_code == 404


def test_nothing_is_found_before_the_capture_is_ready(api: Api) -> None:
    eid = api.upload(VIDEO)
    sid = api.sandbox.teleport.captures[eid].announced_sid
    for path in (f"/share/{sid}/metadata", f"/api/v2/captures/{sid}/metadata"):
        assert api.http.get(path).status_code == 404
        api.sandbox.clock.advance(5)
        assert api.http.get(path).status_code == 200
        api.sandbox.teleport.captures[eid].uploaded = api.sandbox.clock.now()


def test_a_model_is_made_once(api: Api) -> None:
    sid = api.ready(VIDEO)
    first = api.http.get(f"/share/{sid}/metadata", params={"quality": "sd"}).json()
    (stored,) = api.sandbox.teleport.captures.values()
    for path in [part.path for part in stored.upload.in_order]:
        assert path is not None
        path.unlink()
    again = api.http.get(f"/share/{sid}/metadata", params={"quality": "sd"}).json()
    assert again["models"][0]["size"] == first["models"][0]["size"]
