"""`safelight enhance`: pictures in, better pictures out."""

from __future__ import annotations

import json
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from safelight.sandbox import Sandbox
from tests.e2e.cli.conftest import Cli, until

LARGER = ("--preset", "marketplace", "--width", 120)


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    path = tmp_path / "cat.png"
    Image.effect_noise((60, 40), 50).save(path)
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three pictures, one of them deeper, and a file that is none."""
    folder = tmp_path / "photos"
    for name in ("a.jpg", "b.png", "deeper/c.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.effect_noise((60, 40), 50).save(folder / name)
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture
def slow(bare_cli: Cli) -> Iterator[tuple[Cli, Sandbox]]:
    """Pictures take five minutes."""
    with Sandbox(processing_seconds=300) as sandbox:
        yield Cli({**bare_cli.env, **sandbox.env}, bare_cli.folder), sandbox


def inputs_left(sandbox: Sandbox) -> list[str]:
    return [name for name in sandbox.bucket.objects if "/inputs/" in name]


def test_a_picture_is_enhanced_into_a_folder_of_its_own(cli: Cli, sandbox: Sandbox, cat: Path, tmp_path: Path) -> None:
    done = cli("enhance", "run", "cat.png", *LARGER, "--image-format", "JPEG")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith("enhanced/cat.jpg  ")
    assert done.stderr.splitlines()[-1] == "enhancing: 1 of 1 pictures"
    with Image.open(tmp_path / "enhanced" / "cat.jpg") as picture:
        assert (picture.size, picture.format) == ((120, 80), "JPEG")
    assert inputs_left(sandbox) == []


def test_a_picture_becomes_the_file_that_is_named(cli: Cli, cat: Path, tmp_path: Path) -> None:
    found = cli.document("enhance", "run", cat, "-o", "large.png", "--preset", "print", "--dpi", 300)
    assert found == {"picture": str(cat), "file": "large.png", "bytes": (tmp_path / "large.png").stat().st_size}
    with Image.open(tmp_path / "large.png") as picture:
        assert picture.size == (60, 40)


def test_the_options_reach_the_service(cli: Cli, sandbox: Sandbox, cat: Path) -> None:
    wishes = {
        "width": 200,
        "height": 100,
        "restoration_level": 4,
        "lightai_intensity": 1.0,
        "toneai_intensity": 0.5,
        "image_format": "JPEG",
        "quality": 75,
    }
    options = [word for name, value in wishes.items() for word in (f"--{name.replace('_', '-')}", value)]
    more = {"op": "preset/print", "dpi": 200}
    cli.document("enhance", "run", cat, "--preset", "realestate", *options, "--operation", json.dumps(more))
    (pipeline,) = sandbox.letsenhance.pipelines.values()
    assert list(pipeline.operations) == [{"op": "preset/realestate", **wishes}, more]


def test_a_folder_keeps_its_folders(cli: Cli, sandbox: Sandbox, photos: Path, tmp_path: Path) -> None:
    done = cli("enhance", "run", "photos", *LARGER, "-o", "out", "--json")
    assert done.returncode == 0, done.stderr
    assert "left out" in done.stderr
    assert "notes.txt" in done.stderr
    documents = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(document["picture"], Path(document["file"]).with_suffix("")) for document in documents] == [
        ("photos/a.jpg", Path("out/a")),
        ("photos/b.png", Path("out/b")),
        ("photos/deeper/c.jpg", Path("out/deeper/c")),
    ]
    assert all((tmp_path / document["file"]).stat().st_size == document["bytes"] for document in documents)
    assert set(sandbox.letsenhance.submitted.values()) == {1}


def test_one_picture_that_fails_does_not_stop_the_others(cli: Cli, photos: Path, tmp_path: Path) -> None:
    (photos / "b.png").write_bytes(b"GIF89a, which the service does not take")
    done = cli("enhance", "run", "photos", *LARGER, "-o", "out")
    assert done.returncode == 1
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["out/a.jpg", "out/deeper/c.jpg"]
    assert len(list((tmp_path / "out").rglob("*.jpg"))) == 2
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert "takes BMP, JPEG, PNG, TIFF, WEBP" in errors[0]
    assert errors[0].endswith("picture: photos/b.png")
    assert done.stderr.splitlines()[-1] == "2 of 3 pictures were enhanced and saved."


def test_each_failure_has_its_line_and_successes_their_documents(cli: Cli, sandbox: Sandbox, photos: Path) -> None:
    sandbox.letsenhance.fail_next("bad weather")
    sandbox.letsenhance.fail_next("bad light")
    done = cli("enhance", "run", "photos", *LARGER, "-o", "out", "--concurrency", 1, "--json")
    assert done.returncode == 1
    assert [json.loads(line)["picture"] for line in done.stdout.splitlines()] == ["photos/deeper/c.jpg"]
    first, second = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "bad weather" in first
    assert first.endswith("picture: photos/a.jpg")
    assert "bad light" in second
    assert second.endswith("picture: photos/b.png")


def test_what_is_wrong_with_the_command_is_told_once(cli: Cli, sandbox: Sandbox, photos: Path) -> None:
    done = cli("enhance", "run", "photos", "--preset", "marketplace", "--width", 0)
    assert done.returncode == 2
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert error.startswith("error: --width is 0: give a whole number from 1 on.")
    assert not sandbox.letsenhance.pipelines


@pytest.mark.parametrize("files", [["photos"], ["photos/a.jpg"], ["photos/a.jpg", "-o", "a.png"]])
def test_files_without_a_storage_are_told_what_to_set(cli: Cli, photos: Path, files: list[str]) -> None:
    done = cli("enhance", "run", *files, *LARGER, SAFELIGHT_STORAGE="")
    assert done.returncode == 2
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "--storage s3://bucket/prefix" in error
    assert "SAFELIGHT_STORAGE" in error


def test_a_paid_picture_that_cannot_be_fetched_is_told_with_the_command_that_gets_it(
    cli: Cli, sandbox: Sandbox, cat: Path, tmp_path: Path
) -> None:
    sandbox.fault("object", status=403, times=None)
    done = cli("enhance", "run", cat, *LARGER)
    assert done.returncode == 1
    (job,) = sandbox.letsenhance.pipelines
    assert f"safelight enhance status {job} --wait -o FILE" in done.stderr


@pytest.mark.fault(31)
def test_spent_credits_end_all(cli: Cli, sandbox: Sandbox, photos: Path) -> None:
    sandbox.letsenhance.credits = 1
    done = cli("enhance", "run", "photos", *LARGER, "-o", "out", "--concurrency", 1)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert " 402 " in error
    assert sandbox.count("submit_pipeline") == 2


def test_addresses_need_no_storage_and_show_no_signature(cli: Cli, sandbox: Sandbox, cat: Path, tmp_path: Path) -> None:
    sandbox.bucket.put("a cat.png", cat.read_bytes())
    url, broken = (sandbox.bucket.url("GET", name, 600) for name in ("a cat.png", "dog.png"))
    done = cli("enhance", "run", url, broken, *LARGER, "-o", ".", "--json", SAFELIGHT_STORAGE="")
    assert done.returncode == 1
    assert [path.stem for path in tmp_path.glob("a cat.*")] == ["a cat"]
    assert json.loads(done.stdout)["picture"] == f"{url.partition('?')[0]}?..."
    assert "Signature" not in done.stdout + done.stderr


def test_wrong_credentials(cli: Cli, cat: Path) -> None:
    missing = cli("enhance", "run", cat, *LARGER, LETSENHANCE_API_KEY="")
    assert missing.returncode == 3
    assert missing.stderr.startswith("error: LETSENHANCE_API_KEY is not set: get an API key ")
    refused = cli("enhance", "run", cat, *LARGER, LETSENHANCE_API_KEY="canary")
    assert refused.returncode == 3
    assert "canary" not in refused.stderr
    assert cli("enhance", "usage", LETSENHANCE_API_KEY="canary").returncode == 3


CASES = {
    "a missing file": (["cat.png", "dog.png", *map(str, LARGER)], "dog.png does not exist"),
    "nothing to do": (["cat.png"], "--preset, or --operation"),
    "a wish without a preset": (["cat.png", "--width", "9"], "--preset, or --operation"),
    "dpi of another preset": (["cat.png", "--preset", "realestate", "--dpi", "300"], "--dpi is for --preset print"),
    "a preset that there is not": (["cat.png", "--preset", "x"], "'marketplace', 'realestate', 'print'"),
    "an operation that is no JSON": (["cat.png", "--operation", "{"], "no JSON"),
    "an operation without a name": (["cat.png", "--operation", '{"dpi": 3}'], "JSON object"),
    "the pictures' own folder": (["cat.png", *map(str, LARGER), "-o", "."], "own folder"),
    "the input as the output": (["cat.png", *map(str, LARGER), "-o", "cat.png"], "would be overwritten"),
    "no pictures": (["empty", *map(str, LARGER)], "holds no pictures"),
}


@pytest.mark.parametrize(("arguments", "words"), CASES.values(), ids=CASES)
def test_what_is_wrong_costs_nothing(
    cli: Cli, sandbox: Sandbox, cat: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    (tmp_path / "empty").mkdir()
    done = cli("enhance", "run", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert words in line
    assert not sandbox.letsenhance.pipelines


def test_a_picture_that_takes_long_can_be_taken_up(slow: tuple[Cli, Sandbox], cat: Path, tmp_path: Path) -> None:
    cli, sandbox = slow
    commands = []
    for target, told in (("new/", "new/cat"), ("new.jpg", "new.jpg")):
        done = cli("enhance", "run", "cat.png", *LARGER, "--image-format", "JPEG", "--timeout", 0.1, "-o", target)
        assert done.returncode == 4
        job = list(sandbox.letsenhance.pipelines)[-1]
        commands.append(f"safelight enhance status -o {told} --wait --timeout 0.1 {job}")
        assert done.stderr.splitlines()[-1] == f"To go on: {commands[-1]}"
        early = cli("enhance", "status", job, "-o", "early.jpg")
        assert (early.returncode, early.stdout.split()[0]) == (4, "PROCESSING")

    sandbox.clock.advance(300)
    sandbox.settle()
    for command in commands:
        taken_up = cli(*shlex.split(command)[1:])
        assert taken_up.returncode == 0, taken_up.stderr
    assert (tmp_path / "new" / "cat.jpg").read_bytes() == (tmp_path / "new.jpg").read_bytes()
    assert len(sandbox.letsenhance.pipelines) == 2


def test_an_interruption_loses_no_job(slow: tuple[Cli, Sandbox], photos: Path, tmp_path: Path) -> None:
    cli, sandbox = slow
    with cli.start("enhance", "run", "photos", *LARGER, "-o", "out") as process:
        until(lambda: len(sandbox.letsenhance.pipelines) == 3 and sandbox.count("get_pipeline") >= 3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    interrupted, *go_on = err.splitlines()[-4:]
    assert interrupted.startswith("Interrupted: Let's Enhance goes on with ")
    assert "job(id)" not in interrupted
    sandbox.clock.advance(300)
    sandbox.settle()
    for line in go_on:
        assert cli(*shlex.split(line.removeprefix("To go on: "))[1:]).returncode == 0
    assert {path.stem for path in (tmp_path / "out").rglob("*.*")} == {"a", "b", "c"}
    assert len(sandbox.letsenhance.pipelines) == 3


@pytest.mark.fault(3)
@pytest.mark.fault(32)
def test_an_interrupted_folder_is_gone_on_with_and_nothing_is_paid_twice(
    slow: tuple[Cli, Sandbox], photos: Path, tmp_path: Path
) -> None:
    cli, sandbox = slow
    with cli.start("enhance", "run", "photos", *LARGER, "-o", "out", "--concurrency", "1") as process:
        until(lambda: sandbox.count("get_pipeline") >= 1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    taken_up, *rest = [line.removeprefix("To go on: ") for line in err.splitlines()[-2:]]
    assert " status " in taken_up
    assert "--no-replace" in rest[0]
    sandbox.clock.advance(300)
    sandbox.settle()
    assert cli(*shlex.split(taken_up)[1:]).returncode == 0
    with cli.start(*shlex.split(rest[0])[1:]) as process:
        for submitted in (2, 3):
            until(lambda submitted=submitted: len(sandbox.letsenhance.pipelines) == submitted)
            sandbox.clock.advance(300)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert {path.stem for path in (tmp_path / "out").rglob("*.*")} == {"a", "b", "c"}
    assert set(sandbox.letsenhance.submitted.values()) == {1}
    assert len(sandbox.letsenhance.pipelines) == 3


def test_pictures_can_be_submitted_now_and_fetched_later(cli: Cli, sandbox: Sandbox, photos: Path) -> None:
    done = cli("enhance", "run", "photos", *LARGER, "--no-wait")
    assert done.returncode == 0, done.stderr
    jobs = [line.split() for line in done.stdout.splitlines()]
    assert [picture for _, picture in jobs] == ["photos/a.jpg", "photos/b.png", "photos/deeper/c.jpg"]
    assert [int(job) for job, _ in jobs] == list(sandbox.letsenhance.pipelines)
    found = cli.document("enhance", "status", jobs[0][0], "-o", "later/")
    assert found["job"] == jobs[0][0]
    assert (photos.parent / found["file"]).stat().st_size == found["bytes"]
    assert cli.documents("enhance", "run", "photos/a.jpg", *LARGER, "--no-wait")[0].keys() == {"job", "picture"}


def test_a_picture_that_cannot_be_submitted_does_not_stop_the_others(cli: Cli, photos: Path) -> None:
    (photos / "b.png").write_text("no picture")
    done = cli("enhance", "run", "photos", *LARGER, "--no-wait", "--json")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr.splitlines()[-1].endswith("picture: photos/b.png")


def test_the_status_tells_what_went_wrong(cli: Cli, sandbox: Sandbox, cat: Path) -> None:
    sandbox.letsenhance.fail_next("bad weather")
    failed = cli("enhance", "run", cat, *LARGER)
    assert failed.returncode == 1
    assert "bad weather" in failed.stderr
    (job,) = sandbox.letsenhance.pipelines
    shown = cli("enhance", "status", job)
    assert (shown.returncode, shown.stdout) == (0, f"ERROR  {job}  bad weather\n")
    assert cli.document("enhance", "status", job)["errors"] == ["bad weather"]
    assert cli("enhance", "status", job, "--wait").returncode == 1
    assert cli("enhance", "status", job, "-o", "x.jpg").returncode == 1
    unknown = cli("enhance", "status", "1")
    assert unknown.returncode == 1
    assert " 404 " in unknown.stderr


def test_the_status_shows_no_signature_of_what_went_wrong(cli: Cli, sandbox: Sandbox, cat: Path) -> None:
    sandbox.letsenhance.fail_next("cannot read https://b.test/k.jpg?X-Amz-Signature=CANARY")
    assert cli("enhance", "run", cat, *LARGER).returncode == 1
    (job,) = sandbox.letsenhance.pipelines
    shown = cli("enhance", "status", job)
    assert "cannot read https://b.test/k.jpg?..." in shown.stdout
    assert "CANARY" not in shown.stdout + shown.stderr


def test_waiting_for_a_job_without_downloading_it(cli: Cli, sandbox: Sandbox, cat: Path) -> None:
    job = cli.document("enhance", "run", cat, *LARGER, "--no-wait")["job"]
    waited = cli("enhance", "status", job, "--wait")
    assert (waited.returncode, waited.stdout) == (0, f"DONE  {job}  1 picture\n")


def test_the_usage_is_a_table(cli: Cli, sandbox: Sandbox, cat: Path) -> None:
    cli.document("enhance", "run", cat, *LARGER)
    assert cli.document("enhance", "usage")["credits"]["used"] == 1
    assert "credits used           1" in cli("enhance", "usage").stdout.splitlines()


def test_a_terminal_shows_how_many_are_done(cli: Cli, photos: Path) -> None:
    with cli.on_terminal("enhance", "run", "photos", *LARGER, "-o", "out") as terminal:
        assert terminal.end() == 0
    last = [line for line in terminal.text.splitlines() if line.lstrip().startswith("enhancing")][-1]
    assert "━━━━" in last
    assert "100%  3 of 3 pictures" in last
