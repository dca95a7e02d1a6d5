"""`safelight haut`: faces in, numbers out, and nothing left behind that is not to stay."""

from __future__ import annotations

import json
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import safelight
from safelight import HautAI
from safelight.cli.analysing import Finish
from safelight.cli.output import Output
from safelight.sandbox import Sandbox
from tests.e2e.cli.conftest import Cli, until

NAMES = ("anna.jpg", "bert.png", "carla.jpg")


@pytest.fixture
def faces(tmp_path: Path) -> list[Path]:
    """Three pictures that are called like people."""
    paths = [tmp_path / name for name in NAMES]
    for number, path in enumerate(paths):
        Image.effect_noise((320, 300), 40 + number).save(path)
    return paths


@pytest.fixture
def slow(bare_cli: Cli) -> Iterator[tuple[Cli, Sandbox]]:
    """An analysis takes five minutes."""
    with Sandbox(processing_seconds=300) as sandbox:
        yield Cli({**bare_cli.env, **sandbox.env}, bare_cli.folder), sandbox


def blank(path: Path) -> Path:
    """A picture without a face."""
    Image.new("RGB", (300, 300), "white").save(path)
    return path


def names(sandbox: Sandbox) -> list[str]:
    return [subject.request["name"] for subject in sandbox.hautai.subjects.values()]


def batches(sandbox: Sandbox) -> list[str]:
    return [f"{subject.id}/{batch}" for subject in sandbox.hautai.subjects.values() for batch in subject.batches]


def go_on(err: str) -> list[list[str]]:
    """The arguments of the commands that were told."""
    told = [line.removeprefix("To go on: ") for line in err.splitlines() if line.startswith("To go on: ")]
    assert all(command.startswith("safelight haut ") for command in told)
    return [shlex.split(command)[1:] for command in told]


@pytest.mark.usefixtures("faces")
def test_a_selfie_is_analysed_and_each_value_is_a_line(cli: Cli, sandbox: Sandbox) -> None:
    done = cli("haut", "analyse", "anna.jpg")
    assert done.returncode == 0, done.stderr
    first, *values = done.stdout.splitlines()
    (name,), (batch,) = names(sandbox), batches(sandbox)
    assert first == f"anna.jpg  {name}  {batch}"
    shown = dict(line.strip().rsplit("  ", 1) for line in values)
    assert {"sandbox.brightness", "sandbox.redness face redness_score"} <= {name.strip() for name in shown}
    assert "sandbox statistics, no diagnosis" in shown.values()
    assert sandbox.hautai.pictures > 0, "it stays until it is deleted"


@pytest.mark.usefixtures("faces")
def test_many_are_analysed_by_one_login_and_json_tells_all(cli: Cli, sandbox: Sandbox) -> None:
    documents = cli.documents("haut", "analyse", *NAMES)
    assert sorted(document["file"] for document in documents) == [*NAMES]
    assert sorted(document["batch"] for document in documents) == sorted(batches(sandbox))
    assert all(isinstance(document["results"][0]["result"], float) for document in documents)
    assert all(document["aux"] == document["deleted"] == [] for document in documents)
    assert sandbox.count("login") == 1
    assert sandbox.count("create_subject") == 3


@pytest.mark.usefixtures("faces")
def test_the_service_never_learns_what_the_files_are_called(cli: Cli, sandbox: Sandbox) -> None:
    documents = cli.documents("haut", "analyse", *NAMES)
    assert sorted(document["name"] for document in documents) == sorted(set(names(sandbox)))
    assert all(name.startswith("safelight-") for name in names(sandbox))
    told = [
        str({**subject.request, **picture.request})
        for subject in sandbox.hautai.subjects.values()
        for batch in subject.batches.values()
        for picture in batch.pictures.values()
    ]
    assert len(told) == 3
    assert not any(name.partition(".")[0] in text for text in told for name in NAMES)


@pytest.mark.usefixtures("faces")
def test_whom_all_show_is_one_subject(cli: Cli, sandbox: Sandbox) -> None:
    cli.documents("haut", "analyse", "anna.jpg", "bert.png", "--name", "Customer 7")
    assert names(sandbox) == ["Customer 7"]
    (subject,) = sandbox.hautai.subjects
    (document,) = cli.documents("haut", "analyse", "carla.jpg", "--subject", subject)
    assert (document["name"], document["batch"].partition("/")[0]) == (None, subject)
    assert len(batches(sandbox)) == 3
    assert sandbox.count("create_subject") == 1


@pytest.mark.usefixtures("faces")
def test_three_sides_are_one_analysis(cli: Cli, sandbox: Sandbox) -> None:
    done = cli("haut", "analyse", "anna.jpg", "--left", "bert.png", "--right", "carla.jpg")
    assert done.returncode == 0, done.stderr
    assert len(batches(sandbox)) == sandbox.count("compute_batch") == 1
    assert sandbox.count("picture") == 3
    values = [line.split() for line in done.stdout.splitlines()[1:]]
    assert {words[0] for words in values} == {"front", "left", "right"}
    assert sum(words[1] == "sandbox.contrast" for words in values) == 3
    images = cli("haut", "images", batches(sandbox)[0]).stdout.splitlines()
    assert images[0].split() == ["ID", "CREATED", "SIDE"]
    assert sorted(line.split()[-1] for line in images[1:]) == ["front", "left", "right"]


def test_what_the_analysis_drew_is_saved_and_names_do_not_clash(
    cli: Cli, sandbox: Sandbox, faces: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "deeper").mkdir()
    second = faces[0].rename(tmp_path / "deeper" / "anna.jpg")
    first = faces[1].rename(tmp_path / "anna.png")
    documents = cli.documents("haut", "analyse", first, second, "--aux", "maps/new", "--concurrency", 1)
    saved = [tmp_path / file for document in documents for file in document["aux"]]
    assert sorted(saved) == sorted((tmp_path / "maps" / "new").iterdir())
    assert len(saved) == 4
    for file in saved:
        with Image.open(file) as image:
            image.verify()
    again = cli.document("haut", "results", documents[0]["batch"], "--aux", "again")
    assert [(tmp_path / file).read_bytes() for file in again["aux"]] == [file.read_bytes() for file in saved[:2]]


@pytest.mark.usefixtures("faces")
def test_what_is_deleted_is_gone(cli: Cli, sandbox: Sandbox, tmp_path: Path) -> None:
    before = {*tmp_path.rglob("*")}
    documents = cli.documents("haut", "analyse", "anna.jpg", "bert.png", "--delete")
    assert [len(document["deleted"]) for document in documents] == [1, 1]
    assert sandbox.hautai.pictures == 0
    asked = [record.status for record in sandbox.requests if record.operation == "get_image"]
    assert asked == [404, 404], "it makes sure"
    assert {path for path in tmp_path.rglob("*") if path.is_file()} <= before, "nor is anything left here"
    for batch in (document["batch"] for document in documents):
        told = cli("haut", "images", batch)
        assert (told.returncode, told.stdout, told.stderr) == (0, "", "no pictures\n")
        gone = cli("haut", "results", batch, "--wait")
        assert (gone.returncode, gone.stdout) == (1, "")
        assert "no picture of" in gone.stderr


@pytest.mark.parametrize("operation", ["delete_image", "list_aux_images"])
@pytest.mark.usefixtures("faces")
def test_results_are_told_even_if_the_rest_fails(cli: Cli, sandbox: Sandbox, operation: str) -> None:
    sandbox.fault(operation, status=409, times=None)
    done = cli("haut", "analyse", "anna.jpg", "--delete", "--aux", "maps")
    assert done.returncode == 1
    assert "sandbox.brightness" in done.stdout
    assert "deleted" not in done.stdout
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    sandbox.clear_faults()
    command = error[error.index("safelight haut delete ") :].removesuffix(" deletes what is left there.")
    assert cli(*shlex.split(command)[1:], "--yes").returncode == 0
    assert sandbox.hautai.pictures == 0


def test_no_face_and_no_deletion_are_both_told(cli: Cli, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fault("delete_image", status=409, times=None)
    done = cli("haut", "analyse", blank(tmp_path / "wall.png"), "--delete")
    assert done.returncode == 1
    error = done.stderr.splitlines()[-1]
    assert "No face" in error
    assert "What was sent is not deleted: DELETE " in error
    assert f"safelight haut delete {batches(sandbox)[0]} deletes" in error


@pytest.mark.usefixtures("faces")
def test_an_analysis_whose_results_cannot_be_read_is_named(cli: Cli, sandbox: Sandbox) -> None:
    sandbox.fault("list_results", status=409, times=None)
    done = cli("haut", "analyse", "anna.jpg")
    assert done.returncode == 1
    error = done.stderr.splitlines()[-1]
    sandbox.clear_faults()
    command = error[error.index("safelight haut results ") :].removesuffix(" takes it up.")
    assert "sandbox.brightness" in cli(*shlex.split(command)[1:]).stdout


@pytest.mark.parametrize("deletes", [False, True])
def test_no_face_is_told_with_what_to_do(cli: Cli, sandbox: Sandbox, tmp_path: Path, deletes: bool) -> None:
    done = cli("haut", "analyse", blank(tmp_path / "wall.png"), *["--delete"] * deletes)
    assert (done.returncode, done.stdout) == (1, "")
    error = done.stderr.splitlines()[-1]
    assert "No face detected" in error
    assert "Take a sharp, evenly lit picture" in error
    assert ("Deleted from the service" in error) == deletes
    assert (sandbox.hautai.pictures == 0) == deletes


@pytest.mark.parametrize("said", ["", "too dark"])
def test_a_picture_of_which_the_service_says_nothing_is_kept(
    cli: Cli, sandbox: Sandbox, faces: list[Path], monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    sandbox.hautai.no_face_next(error=said)
    monkeypatch.setattr("safelight.hautai._SHORTEST_QUIET", 0.0)
    for name, value in sandbox.env.items():
        monkeypatch.setenv(name, value)
    with HautAI() as service:
        batch = service.upload(service.create_subject("x").id, front=faces[0])
        finish = Finish(Output(), service, None, True, 600)
        with pytest.raises(safelight.JobFailed) as caught:
            finish(batch, None, "x")
    note = caught.value.__notes__[-1]
    if said:
        assert (note.startswith("Deleted from the service"), sandbox.hautai.pictures) == (True, 0)
    else:
        assert note.endswith(f"safelight haut delete {batch} deletes what is left there.")
        assert sandbox.hautai.pictures == 1


def test_one_that_fails_does_not_stop_the_others(cli: Cli, faces: list[Path], tmp_path: Path) -> None:
    Image.effect_noise((100, 100), 50).save(tmp_path / "small.jpg")
    done = cli("haut", "analyse", *faces, "small.jpg", blank(tmp_path / "wall.png"))
    assert done.returncode == 1
    told = [line.split()[0] for line in done.stdout.splitlines() if not line.startswith("  ")]
    assert sorted(told) == [str(face) for face in faces]
    small, wall = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "256x256" in small
    assert small.endswith("picture: small.jpg")
    assert wall.endswith(f"picture: {tmp_path / 'wall.png'}")


CASES = {
    "a missing file": (["anna.jpg", "nowhere.jpg"], "nowhere.jpg does not exist"),
    "a folder": (["."], "give the files in it"),
    "an address": (["https://example.com/anna.jpg"], "does not exist"),
    "an empty file": (["empty.jpg"], "empty.jpg is empty"),
    "no picture": (["text.jpg"], "save it as JPEG"),
    "a small picture": (["small.jpg"], "256x256"),
    "a small side": (["anna.jpg", "--left", "small.jpg"], "small.jpg has 100x100 pixels"),
    "a missing side": (["anna.jpg", "--right", "nowhere.jpg"], "nowhere.jpg does not exist"),
    "sides of two faces": (["anna.jpg", "bert.png", "--left", "carla.jpg"], "give one FILE"),
    "somebody known and new": (["anna.jpg", "--subject", "7", "--name", "x"], "give one of them"),
    "an end that is not waited for": (["anna.jpg", "--no-wait", "--delete"], "leave out --no-wait"),
}


@pytest.mark.parametrize(("arguments", "words"), CASES.values(), ids=CASES)
@pytest.mark.usefixtures("faces")
def test_what_is_wrong_is_told_before_anything_is_sent(
    cli: Cli, sandbox: Sandbox, tmp_path: Path, arguments: list[str], words: str
) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("no picture")
    Image.effect_noise((100, 100), 50).save(tmp_path / "small.jpg")
    done = cli("haut", "analyse", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert words in line
    assert sandbox.requests == []


@pytest.mark.parametrize("mfa", [False, True])
@pytest.mark.usefixtures("faces")
def test_a_refused_login_is_told_and_tried_once(cli: Cli, sandbox: Sandbox, mfa: bool) -> None:
    sandbox.hautai.mfa = mfa
    done = cli("haut", "analyse", *NAMES, **({} if mfa else {"HAUTAI_PASSWORD": "canary"}))
    assert (done.returncode, done.stdout) == (3, "")
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "the login is refused" in error
    assert ("make a private token" in error and "HAUTAI_TOKEN" in error) == mfa
    assert "canary" not in done.stderr
    assert sandbox.count("login") == 1


@pytest.mark.parametrize(
    ("env", "code", "words"),
    [
        ({"HAUTAI_PASSWORD": ""}, 3, "HAUTAI_PASSWORD is not set"),
        ({"HAUTAI_USERNAME": "", "HAUTAI_PASSWORD": ""}, 3, "set them (or HAUTAI_TOKEN) in the environment"),
        ({"HAUTAI_DATASET_ID": ""}, 2, "dataset_id is missing: set HAUTAI_DATASET_ID in the environment"),
        ({"HAUTAI_TOKEN": "canary"}, 2, "set HAUTAI_COMPANY_ID"),
        ({"HAUTAI_TOKEN": "canary", "HAUTAI_COMPANY_ID": "7"}, 3, "Check the credentials"),
        ({"HAUTAI_BASE_URL": "saas.haut.ai"}, 2, "HAUTAI_BASE_URL"),
    ],
)
@pytest.mark.usefixtures("faces")
def test_settings_that_are_missing_or_wrong_are_named(cli: Cli, env: dict[str, str], code: int, words: str) -> None:
    for command in (["subjects"], ["analyse", *NAMES]):
        done = cli("haut", *command, **env)
        assert done.returncode == code
        (error,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert words in error
        assert "=..." not in error
        assert "canary" not in error


@pytest.mark.usefixtures("faces")
def test_what_is_not_waited_for_can_be_fetched_later(slow: tuple[Cli, Sandbox]) -> None:
    cli, sandbox = slow
    begun = cli("haut", "analyse", *NAMES, "--no-wait")
    assert begun.returncode == 0, begun.stderr
    assert sorted(begun.stdout.splitlines()) == sorted(batches(sandbox))
    *lines, last = begun.stderr.splitlines()
    told = [line.split() for line in lines if line.split()[0] in NAMES]
    assert sorted(file for file, _, _ in told) == [*NAMES]
    assert sorted(batch for _, _, batch in told) == sorted(batches(sandbox))
    assert last == "To get the results: safelight haut results SUBJECT/BATCH --wait"
    batch = begun.stdout.splitlines()[0]
    early = cli("haut", "results", batch)
    assert (early.returncode, early.stdout) == (4, "")
    sandbox.clock.advance(300)
    later = cli("haut", "results", batch)
    assert later.returncode == 0
    assert later.stdout.splitlines()[0] == batch
    assert (
        cli.document("haut", "results", batch)["results"] == cli.document("haut", "results", batch, "--wait")["results"]
    )


@pytest.mark.usefixtures("faces")
def test_an_analysis_that_takes_long_can_be_taken_up(slow: tuple[Cli, Sandbox]) -> None:
    cli, sandbox = slow
    done = cli("haut", "analyse", "anna.jpg", "bert.png", "--timeout", 0.1, "--delete", "--concurrency", 1)
    assert (done.returncode, done.stdout) == (4, "")
    commands = go_on(done.stderr)
    expected = [["haut", "results", "--wait", "--delete", "--timeout", "0.1", batch] for batch in batches(sandbox)]
    assert commands == expected
    sandbox.clock.advance(300)
    for command in commands:
        assert "sandbox.brightness" in cli(*command).stdout
    assert sandbox.hautai.pictures == 0
    assert sandbox.count("picture") == 2


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.usefixtures("faces")
def test_an_interruption_loses_no_analysis(slow: tuple[Cli, Sandbox], count: int) -> None:
    cli, sandbox = slow
    with cli.start("haut", "analyse", "--name", "It's", "--aux", "maps", *NAMES[:count]) as process:
        until(lambda: sandbox.count("get_metrics") >= count)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    sandbox.clock.advance(300)
    taken_up = [cli(*command) for command in go_on(err)]
    assert len(taken_up) == count
    for done in taken_up:
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("  saved  maps/") == 2
    assert (names(sandbox), sandbox.count("compute_batch")) == (["It's"], count)


@pytest.mark.usefixtures("faces")
def test_those_that_were_not_begun_go_on_with_the_same_subject(slow: tuple[Cli, Sandbox]) -> None:
    cli, sandbox = slow
    with cli.start("haut", "analyse", "--name", "Ann", "--concurrency", 1, "--no-wait", *NAMES) as process:
        sandbox.fault("picture", kind="stall", after=1, times=None)
        until(lambda: sandbox.count("create_upload") == 2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out.splitlines() == [batch for batch in batches(sandbox) if batch in out]
    assert "anna.jpg  Ann  " in err
    assert "What was sent of bert.png may stay at the service" in err
    sandbox.clear_faults()
    (command,) = go_on(err)
    (subject,) = sandbox.hautai.subjects
    assert command == ["haut", "analyse", "--subject", subject, "--concurrency", "1", "--no-wait", *NAMES[1:]]
    assert cli(*command).returncode == 0
    assert sandbox.count("compute_batch") == 3


@pytest.mark.usefixtures("faces")
def test_a_reader_who_leaves_ends_it_quietly(cli: Cli) -> None:
    with cli.start("haut", "analyse", *NAMES, "--json") as process:
        assert process.stdout is not None
        process.stdout.close()
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (141, "")


@pytest.mark.usefixtures("faces")
def test_a_reader_who_leaves_is_told_what_would_stay_of_what_was_to_be_deleted(cli: Cli, sandbox: Sandbox) -> None:
    with cli.start("haut", "analyse", *NAMES, "--json", "--delete", "--concurrency", 1) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, err = process.communicate(timeout=30)
    assert process.returncode == 141
    (said,) = [line for line in err.splitlines() if line.startswith("To go on: ")]
    for command in said.removeprefix("To go on: ").split("; "):
        cli(*shlex.split(command)[1:])  # that of the one whose results nobody read says that it is deleted already
    assert sandbox.hautai.pictures == 0


@pytest.mark.usefixtures("faces")
def test_subjects_are_a_table(cli: Cli, sandbox: Sandbox) -> None:
    empty = cli("haut", "subjects")
    assert (empty.returncode, empty.stdout, empty.stderr) == (0, "", "no subjects\n")
    cli.documents("haut", "analyse", *NAMES, "--no-wait")
    sandbox.hautai.page_size = 2
    header, *lines = cli("haut", "subjects").stdout.splitlines()
    assert header.split() == ["ID", "CREATED", "NAME"]
    assert sorted(line.split("  ")[-1] for line in lines) == sorted(names(sandbox))
    assert [document["id"] for document in cli.documents("haut", "subjects")] == [*sandbox.hautai.subjects]


@pytest.mark.usefixtures("faces")
def test_pictures_are_deleted_one_by_one_or_all(cli: Cli, sandbox: Sandbox) -> None:
    batch = cli.document("haut", "analyse", "anna.jpg", "--left", "bert.png", "--right", "carla.jpg")["batch"]
    ids = [document["id"] for document in cli.documents("haut", "images", batch)]
    assert len(ids) == 3
    alone = cli("haut", "delete", batch)
    assert alone.returncode == 2
    assert "--yes" in alone.stderr
    assert cli.document("haut", "delete", batch, ids[0], "--yes") == {"batch": batch, "deleted": ids[0]}
    partly = cli("haut", "delete", batch, ids[0], ids[1], "--yes")
    assert (partly.returncode, partly.stdout) == (1, f"deleted {ids[1]}\n")
    assert " 404 " in partly.stderr
    assert cli("haut", "delete", batch, "--yes").stdout == f"deleted {ids[2]}\n"
    assert sandbox.hautai.pictures == 0
    assert cli("haut", "delete", batch, "--yes").stderr == "no pictures\n"


@pytest.mark.usefixtures("faces")
def test_a_terminal_is_asked_before_pictures_are_deleted(cli: Cli, sandbox: Sandbox) -> None:
    batch = cli.document("haut", "analyse", "anna.jpg")["batch"]
    for answer, code in (("n\n", 1), ("y\n", 0)):
        kept = sandbox.hautai.pictures
        with cli.on_terminal("haut", "delete", batch, columns=200) as terminal:
            until(lambda: f"of {batch} for good? [y/N]" in terminal.text)
            assert sandbox.hautai.pictures == kept > 0
            terminal.type(answer)
            assert terminal.end() == code
    assert sandbox.hautai.pictures == 0


def test_what_names_no_batch_is_told(cli: Cli) -> None:
    for command in ("images", "results"):
        done = cli("haut", command, "nonsense")
        assert done.returncode == 2
        assert done.stderr == "error: batch is 'nonsense': give SUBJECT/BATCH.\n"
    assert cli("haut", "images", "a/b").returncode == 1


@pytest.mark.usefixtures("faces")
def test_a_terminal_shows_how_many_are_done(cli: Cli) -> None:
    with cli.on_terminal("haut", "analyse", *NAMES) as terminal:
        assert terminal.end() == 0
    last = [line for line in terminal.text.splitlines() if line.lstrip().startswith("analysing")][-1]
    assert "100%  3 of 3 pictures" in last


def test_json_of_one_value_is_one_line(cli: Cli, faces: list[Path]) -> None:
    done = cli("haut", "analyse", faces[0], "--json")
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["file"] == str(faces[0])
    assert done.stderr == ""
