"""`safelight immersity`: a picture in, a file out."""

from __future__ import annotations

import io
import json
import shlex
import signal
from pathlib import Path

import av
import pytest
from PIL import Image

from safelight.sandbox import Sandbox
from tests.e2e.cli.conftest import Cli, until

VIDEO = ("--video-length", 1, "--credit-amount", 2, "--output-width", 64, "--output-height", 48)
CALLBACK = ("--callback-url", "https://example.com/done")


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    path = tmp_path / "cat.jpg"
    Image.effect_mandelbrot((96, 64), (-2, -1.2, 1, 1.2), 60).convert("RGB").save(path, quality=90)
    return path


@pytest.fixture
def clip(cli: Cli, cat: Path) -> str:
    """A video of one second."""
    size = ("--output-width", 64, "--output-height", 48)
    return str(cli.document("immersity", "animation", cat, "--animation-length", 1, *size, "-o", "clip.mp4")["file"])


def inputs_left(sandbox: Sandbox) -> list[str]:
    return [name for name in sandbox.bucket.objects if "/inputs/" in name]


def test_a_picture_becomes_a_depth_map_beside_it(cli: Cli, sandbox: Sandbox, cat: Path, tmp_path: Path) -> None:
    done = cli("immersity", "disparity", "cat.jpg")

    assert done.returncode == 0, done.stderr
    (correlation_id,) = sandbox.immersity.charges
    (line,) = done.stdout.splitlines()
    assert line.startswith("cat-disparity.png")
    assert line.endswith(correlation_id)
    waiting, *_, downloading = done.stderr.splitlines()
    assert waiting == "waiting: 0 s, disparity of cat.jpg"
    assert downloading.startswith("downloading: ")
    assert "\x1b" not in done.stdout + done.stderr
    with Image.open(tmp_path / "cat-disparity.png") as depth:
        assert depth.size == (96, 64)
    assert inputs_left(sandbox) == []


def test_json_is_one_document_without_a_signature(cli: Cli, cat: Path, tmp_path: Path) -> None:
    done = cli("immersity", "disparity", cat, "-o", "maps/", "--json")
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["file"] == "maps/cat-disparity.png"
    assert found["bytes"] == (tmp_path / "maps" / "cat-disparity.png").stat().st_size
    assert found["url"].endswith(f"results/{found['correlation_id']}.png")
    assert found.keys() == {"correlation_id", "file", "bytes", "url"}


def test_every_picture_command_makes_its_file(cli: Cli, cat: Path, tmp_path: Path) -> None:
    depth = cli.document("immersity", "disparity", cat, "--output-bit-depth", "uint16", "--dilation", 0)["file"]
    commands = {
        "cat-stereo.jpg": ("stereo", cat, "--output-type", "anaglyph", "--gain", 2),
        "cat-top-bottom.jpg": ("top-bottom", cat, "--disparity", depth),
        "cat-animation.gif": ("animation", cat, "--animation-type", "gif", "--animation-length", 1, "--output-fps", 5),
        "cat-lif.jpg": ("lif-encode", cat, "--disparity", depth),
        "pair-lif.jpg": ("lif-encode", "--left-image", cat, "--right-image", cat, "-o", "pair-lif.jpg"),
        "cat-lif-decoded.jpg": ("lif-decode", "cat-lif.jpg"),
    }
    for file, command in commands.items():
        assert cli.document("immersity", *command)["file"] == file
        with Image.open(tmp_path / file) as picture:
            picture.load()
            assert getattr(picture, "n_frames", 1) == (5 if file.endswith(".gif") else 1)
    with Image.open(tmp_path / depth) as picture:
        assert picture.mode.startswith("I")


def test_several_pictures_go_into_a_folder(cli: Cli, sandbox: Sandbox, cat: Path, tmp_path: Path) -> None:
    (tmp_path / "dog.jpg").write_bytes(cat.read_bytes())
    documents = cli.documents("immersity", "disparity", "cat.jpg", "dog.jpg", "-o", "maps")
    assert [document["file"] for document in documents] == ["maps/cat-disparity.png", "maps/dog-disparity.png"]
    assert len(sandbox.immersity.charges) == 2


def test_one_of_several_that_fails_does_not_stop_the_others(cli: Cli, sandbox: Sandbox, cat: Path) -> None:
    cat.with_name("no-picture.jpg").write_text("no picture")
    (cat.with_name("dog.jpg")).write_bytes(cat.read_bytes())
    done = cli("immersity", "disparity", "cat.jpg", "no-picture.jpg", "dog.jpg", "-o", "maps", "--json")
    assert done.returncode == 1
    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == [
        "maps/cat-disparity.png",
        "maps/dog-disparity.png",
    ]
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert line.endswith("picture: no-picture.jpg")
    assert sum(charge.credits for charge in sandbox.immersity.charges.values()) == 10


def test_an_address_needs_no_storage(cli: Cli, sandbox: Sandbox, cat: Path, tmp_path: Path) -> None:
    sandbox.bucket.put("public/a cat.jpg", cat.read_bytes())
    url = sandbox.bucket.url("GET", "public/a cat.jpg", 600)
    done = cli("immersity", "disparity", url, SAFELIGHT_STORAGE="")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a cat-disparity.png").exists()
    assert "Signature" not in done.stdout + done.stderr


def test_the_storage_can_be_named_in_the_command(cli: Cli, sandbox: Sandbox, cat: Path) -> None:
    done = cli("immersity", "disparity", cat, "--storage", "s3://sandbox/elsewhere", SAFELIGHT_STORAGE="")
    assert done.returncode == 0, done.stderr
    assert [name for name in sandbox.bucket.objects if name.startswith("elsewhere/results/")]


def test_prices_are_a_table_and_cost_nothing(cli: Cli, sandbox: Sandbox) -> None:
    shown = cli("immersity", "prices").stdout.splitlines()
    assert "animation mp4    5" in shown
    assert cli.document("immersity", "prices")["disparity"] == {"mono": 5}
    assert sandbox.immersity.charges == {}


def test_leiapix_has_its_own_credentials(cli: Cli, sandbox: Sandbox, cat: Path) -> None:
    sandbox.clear_requests()
    none = {"IMMERSITY_CLIENT_ID": "", "IMMERSITY_CLIENT_SECRET": ""}
    missing = cli("immersity", "disparity", cat, **none)
    assert missing.returncode == 3
    assert "safelight immersity --leiapix uses them" in missing.stderr
    assert cli("immersity", "--leiapix", "disparity", cat, **none).returncode == 0
    assert cli("immersity", "prices", SAFELIGHT_LEIAPIX="1", **none).returncode == 0
    no_leiapix = cli("immersity", "--leiapix", "prices", LEIAPIX_CLIENT_SECRET="")
    assert no_leiapix.returncode == 3
    assert no_leiapix.stderr.startswith("error: LEIAPIX_CLIENT_SECRET is not set")


CASES = {
    "a missing file": (["disparity", "dog.jpg"], 2, "dog.jpg does not exist"),
    "a folder": (["disparity", "."], 2, "is a folder"),
    "nothing": (["disparity"], 2, "See: safelight immersity disparity --help"),
    "a value out of its range": (["disparity", "cat.jpg", "--dilation", "5"], 2, "--dilation is 5.0: give a number"),
    "a rate that there is not": (["animation", "cat.jpg", "--output-fps", "7"], 2, "--output-fps is 7: give one of"),
    "a choice that there is not": (["stereo", "cat.jpg", "--output-type", "x"], 2, "'sbs', 'anaglyph', 'spatial'"),
    "a map that is missing": (["stereo", "cat.jpg", "--disparity", "no.png"], 2, "no.png does not exist"),
    "a map that is demanded": (["top-bottom", "cat.jpg"], 2, "--disparity"),
    "a map for two": (["stereo", "cat.jpg", "cat.jpg", "--disparity", "cat.jpg"], 2, "give one FILE"),
    "an id for two": (["disparity", "cat.jpg", "cat.jpg", "--correlation-id", "1"], 2, "give one FILE"),
    "half a pair": (["lif-encode", "--left-image", "cat.jpg"], 2, "--left-image and --right-image"),
    "a pair and one": (["lif-encode", "cat.jpg", "--left-image", "cat.jpg"], 2, "give one FILE"),
    "the input as the output": (["disparity", "cat.jpg", "-o", "cat.jpg"], 2, "would be overwritten"),
    "the same file twice": (["disparity", "cat.jpg", "cat.jpg", "-o", "out"], 2, "one by one"),
    "a target in no folder": (["disparity", "cat.jpg", "-o", "no/a.png"], 2, "make the folder"),
    "a storage that is none": (["disparity", "cat.jpg", "--storage", "bucket"], 2, "s3://bucket/prefix"),
    "a bucket that is not there": (["disparity", "cat.jpg", "--storage", "s3://nowhere/x"], 2, "no bucket nowhere"),
    "a video without its length": (["video", "cat.jpg"], 2, "Missing option"),
}


@pytest.mark.parametrize(("arguments", "code", "words"), CASES.values(), ids=CASES)
def test_what_is_wrong_costs_nothing(
    cli: Cli, sandbox: Sandbox, cat: Path, arguments: list[str], code: int, words: str
) -> None:
    done = cli("immersity", *arguments, "--json")
    assert done.returncode == code
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert words in line
    assert sandbox.immersity.charges == {}


def test_a_file_without_a_storage_is_told_what_to_set(cli: Cli, cat: Path) -> None:
    done = cli("immersity", "disparity", "cat.jpg", SAFELIGHT_STORAGE="")
    assert done.returncode == 2
    assert "--storage s3://bucket/prefix" in done.stderr
    assert "set SAFELIGHT_STORAGE" in done.stderr
    assert "storage=" not in done.stderr


def test_wrong_credentials_are_refused_and_not_shown(cli: Cli, cat: Path) -> None:
    done = cli("immersity", "disparity", "cat.jpg", IMMERSITY_CLIENT_SECRET="canary")
    assert done.returncode == 3
    assert "the credentials are refused" in done.stderr
    assert "canary" not in done.stderr


def test_spent_credits_end_all(cli: Cli, sandbox: Sandbox, cat: Path) -> None:
    sandbox.immersity.balance = 5
    for name in ("dog.jpg", "cow.jpg"):
        cat.with_name(name).write_bytes(cat.read_bytes())
    done = cli("immersity", "disparity", "cat.jpg", "dog.jpg", "cow.jpg", "-o", "out", "--json")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    (line,) = done.stderr.splitlines()
    assert " 402 " in line
    assert sandbox.count("create_disparity") == 2
    assert inputs_left(sandbox) == []


def test_a_lost_reply_is_settled_with_the_command_that_it_prints(cli: Cli, sandbox: Sandbox, cat: Path) -> None:
    sandbox.bucket.put("cat.jpg", cat.read_bytes())
    url = sandbox.bucket.url("GET", "cat.jpg", 600)
    sandbox.fault("create_disparity", kind="reset", when="after", times=None)
    lost = cli("immersity", "disparity", url, SAFELIGHT_STORAGE="")
    assert lost.returncode == 1
    error, go_on = lost.stderr.splitlines()[-2:]
    (correlation_id,) = sandbox.immersity.charges
    assert f"--correlation-id {correlation_id}" in error
    assert go_on == (
        f"To go on: safelight immersity disparity -o cat-disparity.png --correlation-id {correlation_id} "
        f"'{url.partition('?')[0]}?...'"
    )

    sandbox.clear_faults()
    found = cli("immersity", "disparity", url, "--correlation-id", correlation_id, SAFELIGHT_STORAGE="")
    assert found.returncode == 0, found.stderr
    (charge,) = sandbox.immersity.charges.values()
    assert charge.processed == 1


def test_an_interrupted_conversion_is_not_paid_twice(cli: Cli, sandbox: Sandbox, cat: Path, tmp_path: Path) -> None:
    cat.with_name("dog.jpg").write_bytes(cat.read_bytes())
    sandbox.fault("create_disparity", kind="stall", when="after")
    with cli.start("immersity", "disparity", "cat.jpg", "dog.jpg", "-o", "maps") as process:
        until(lambda: any(charge.processed for charge in sandbox.immersity.charges.values()))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    same, rest = [line.removeprefix("To go on: ") for line in err.splitlines()[-2:]]
    (correlation_id,) = sandbox.immersity.charges
    assert correlation_id in same
    assert rest == "safelight immersity disparity -o maps dog.jpg"

    sandbox.clear_faults()
    for command in (same, rest):
        again = cli(*shlex.split(command)[1:])
        assert again.returncode == 0, again.stderr
    assert {path.name for path in (tmp_path / "maps").iterdir()} == {"cat-disparity.png", "dog-disparity.png"}
    assert [charge.processed for charge in sandbox.immersity.charges.values()] == [1, 1]


def test_a_result_that_cannot_be_saved_is_not_lost(cli: Cli, sandbox: Sandbox, cat: Path, tmp_path: Path) -> None:
    # The result is looked for in vain, by HEAD and then by GET, and the service reads the picture.
    sandbox.fault("bucket_get", status=404, times=None, after=2)
    failed = cli("immersity", "disparity", "cat.jpg")
    assert failed.returncode == 1
    (correlation_id,) = sandbox.immersity.charges
    command = f"safelight immersity disparity -o cat-disparity.png --correlation-id {correlation_id} cat.jpg"
    assert f"It is made and paid for: {command} fetches it." in failed.stderr

    sandbox.clear_faults()
    assert cli(*shlex.split(command)[1:]).returncode == 0
    assert sandbox.count("create_disparity") == 1


def test_a_video_is_waited_for(cli: Cli, sandbox: Sandbox, clip: str, tmp_path: Path) -> None:
    done = cli("immersity", "video", clip, *VIDEO, *CALLBACK)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("begun as ")
    with av.open(io.BytesIO((tmp_path / "clip-3d.mp4").read_bytes())) as container:
        assert container.streams.video[0].width == 128, "two views, side by side"
    spatial = cli.document("immersity", "spatial", "clip-3d.mp4", "--video-length", 1, "--credit-amount", 1, *CALLBACK)
    assert spatial["file"] == "clip-3d-spatial.mp4"
    assert inputs_left(sandbox) == []


def test_a_video_can_be_fetched_by_another_command(cli: Cli, sandbox: Sandbox, clip: str, tmp_path: Path) -> None:
    begun = cli("immersity", "video", clip, *VIDEO, *CALLBACK, "--no-wait", "-o", "films/")
    assert begun.returncode == 0, begun.stderr
    (job,) = begun.stdout.split()
    assert begun.stderr.splitlines()[-1] == f"To get it: safelight immersity job -o films/clip-3d.mp4 {job}"
    fetched = cli.document("immersity", "job", job)
    assert (fetched["correlation_id"], fetched["file"]) == (job, f"{job}.mp4")
    assert (tmp_path / f"{job}.mp4").stat().st_size == fetched["bytes"]
    assert sandbox.count("convert_video") == 1


def test_a_video_that_takes_long_can_be_waited_for_again(bare_cli: Cli, cat: Path) -> None:
    with Sandbox(processing_seconds=300) as sandbox:
        slow = Cli({**bare_cli.env, **sandbox.env}, bare_cli.folder)
        slow.document("immersity", "animation", cat, "--animation-length", 1, "-o", "clip.mp4")
        done = slow("immersity", "--leiapix", "video", "clip.mp4", *VIDEO, *CALLBACK, "--timeout", 0.1)
        assert done.returncode == 4
        go_on = done.stderr.splitlines()[-1].removeprefix("To go on: ")
        job = shlex.split(go_on)[-1]
        assert go_on == f"safelight immersity --leiapix job -o clip-3d.mp4 --timeout 0.1 {job}"

        sandbox.clock.advance(300)
        sandbox.settle()
        assert slow("immersity", "job", job).returncode == 0


def test_a_terminal_shows_that_something_is_going_on(cli: Cli, sandbox: Sandbox, cat: Path) -> None:
    sandbox.fault("create_disparity", seconds=0.5)
    with cli.on_terminal("immersity", "disparity", "cat.jpg") as terminal:
        until(lambda: "disparity of cat.jpg" in terminal.text)
        assert terminal.end() == 0
    assert "100%" in terminal.text
    assert "cat-disparity.png" in terminal.text.splitlines()[-1]
