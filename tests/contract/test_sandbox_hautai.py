"""The sandbox's Haut.AI: tokens, subjects, uploads, results; the client compares every reply with the contract."""

from __future__ import annotations

import gc
import io
import re
from threading import Event
from typing import Any

import httpx
import pytest
from PIL import Image

from safelight.sandbox import computation
from safelight.sandbox.contract import contract_of
from safelight.sandbox.skin import Findings, measure
from tests.contract.hautai_api import Haut, error, files, frozen_haut, put, selfie
from tests.contract.sandbox_api import mean, opened

NAMES = ["brightness", "contrast", "redness", "evenness", "texture"]
PRIVATE = "/api/v1/auth/private_tokens/"


def requests(haut: Haut) -> list[tuple[str, str]]:
    """A request for every operation but those that give the first token."""
    image = haut.begin()
    batch = f"{haut.company}/batches/{image['image_batch_id']}"
    one = f"{haut.batch(image)}{image['id']}/"
    return [
        *(("POST", PRIVATE), ("GET", PRIVATE), ("DELETE", f"{PRIVATE}x/")),
        *(("POST", f"{haut.dataset}/subjects/"), ("GET", f"{haut.dataset}/subjects/")),
        ("POST", f"{haut.company}/subjects/{haut.subject}/signed_upload_url/"),
        ("POST", f"{haut.company}/subjects/{haut.subject}/upload/".replace("v1", "v3")),
        *(("POST", f"{batch}/compute/"), ("POST", f"{batch}/compute/".replace("v1", "v3"))),
        ("GET", f"{batch}/results/".replace("v1", "v3")),
        *(("GET", haut.batch(image)), ("GET", one), ("GET", f"{one}aux/"), ("GET", f"{one}results/")),
        *(("POST", f"{haut.dataset}/webhooks/"), ("DELETE", one)),
    ]


def test_no_operation_works_without_a_token(haut: Haut) -> None:
    asked = requests(haut)
    contract = contract_of("hautai")
    found = [contract.find(*request) for request in asked]
    names = {match[0].id for match in found if isinstance(match, tuple)}
    assert names == set(contract.operations) - {"login", "refresh_token"}
    for header in (None, "Bearer nonsense", f"Basic {haut.http.headers['Authorization'].split()[1]}"):
        haut.http.headers.pop("Authorization", None)
        headers = {"Authorization": header} if header else {}
        assert {haut.http.request(method, path, headers=headers).status_code for method, path in asked} == {401}


def test_a_login_tells_everything_that_is_needed_and_is_counted(haut: Haut) -> None:
    service = haut.sandbox.hautai
    reply = haut.http.post("/api/v1/auth/login/", json={"username": service.username, "password": service.password})
    assert reply.json()["company_id"] == service.company_id
    assert reply.json()["access_token"] == reply.json()["token_access"]
    assert haut.sandbox.count("login") == 2


@pytest.mark.parametrize(("change", "status"), [({"password": "x"}, 401), ({"username": "x"}, 401), ({}, 200)])
def test_a_wrong_login_is_refused(haut: Haut, change: dict[str, str], status: int) -> None:
    who = {"username": haut.sandbox.hautai.username, "password": haut.sandbox.hautai.password, **change}
    assert haut.http.post("/api/v1/auth/login/", json=who).status_code == status


def test_a_login_that_needs_a_second_factor_is_400(haut: Haut) -> None:
    service = haut.sandbox.hautai
    service.mfa = True
    reply = haut.http.post("/api/v1/auth/login/", json={"username": service.username, "password": service.password})
    assert reply.status_code == 400
    assert "factor" in reply.json()["detail"]


def test_a_token_lives_for_an_hour_and_is_refreshed(haut: Haut) -> None:
    service = haut.sandbox.hautai
    who = {"username": service.username, "password": service.password}
    login = haut.http.post("/api/v1/auth/login/", json=who).json()
    path = f"{haut.dataset}/subjects/"
    haut.sandbox.clock.advance(3599)
    assert haut.http.get(path).status_code == 200
    haut.sandbox.clock.advance(1)
    assert haut.http.get(path).status_code == 401
    reply = haut.http.post("/api/v1/auth/refresh/", json={"refresh_token": login["refresh_token"]})
    assert reply.status_code == 200
    haut.http.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"
    assert haut.http.get(path).status_code == 200
    for spent in ("x", login["refresh_token"]):
        assert haut.http.post("/api/v1/auth/refresh/", json={"refresh_token": spent}).status_code == 401
    service.revoke_all()
    again = {"refresh_token": reply.json()["refresh_token"]}
    assert haut.http.post("/api/v1/auth/refresh/", json=again).status_code == 401


def test_a_private_token_lets_in_until_it_expires_or_is_deleted(haut: Haut) -> None:
    body = {"name": "server", "expiration_time": "2100-01-01T00:00:00Z"}
    made = [haut.http.post(PRIVATE, json={**body, "name": name}) for name in ("one", "two")]
    assert [reply.status_code for reply in made] == [201, 201]
    one, two = (reply.json() for reply in made)
    listed = haut.http.get(PRIVATE).json()
    assert (listed["count"], [item["name"] for item in listed["results"]]) == (2, ["one", "two"])
    assert one["data"] not in str(listed)

    def status(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return haut.http.get(f"{haut.dataset}/subjects/", headers=headers).status_code

    assert [status(one["data"]), status(two["data"])] == [200, 200]
    assert haut.http.delete(f"{PRIVATE}{one['id']}/").status_code == 204
    assert haut.http.delete(f"{PRIVATE}{one['id']}/").status_code == 404
    assert [status(one["data"]), status(two["data"])] == [401, 200]
    haut.sandbox.clock.advance(100 * 366 * 86400)
    assert status(two["data"]) == 401


@pytest.mark.parametrize("time", ["2001-01-01T00:00:00Z", "soon"])
def test_a_private_token_must_end_in_the_future(haut: Haut, time: str) -> None:
    assert haut.http.post(PRIVATE, json={"name": "x", "expiration_time": time}).status_code == 400


def test_subjects_come_in_pages_that_lead_to_one_another(haut: Haut) -> None:
    for number in range(24):
        assert haut.http.post(f"{haut.dataset}/subjects/", json={"name": str(number)}).status_code == 201
    names, url = [], f"{haut.dataset}/subjects/"
    while url:
        page = haut.http.get(url).json()
        assert page["count"] == 25
        assert len(page["results"]) <= 10
        names += [item["name"] for item in page["results"]]
        last, url = page, page["next"]
    assert names == ["customer-7", *map(str, range(24))]
    assert [item["name"] for item in haut.http.get(last["previous"]).json()["results"]] == names[10:20]
    assert next(iter(haut.sandbox.hautai.subjects)) == haut.subject


def test_a_subject_tells_its_place_and_its_time_in_one_of_two_forms(haut: Haut) -> None:
    haut.http.post(f"{haut.dataset}/subjects/", json={"name": "two"})
    one, two = haut.http.get(f"{haut.dataset}/subjects/").json()["results"]
    assert one["company"]["id"] == haut.sandbox.hautai.company_id
    assert one["dataset"]["id"] == haut.sandbox.hautai.dataset_id
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", one["creation_time"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", two["creation_time"])


def test_what_is_elsewhere_is_forbidden_and_what_is_not_there_not_found(haut: Haut) -> None:
    image = haut.begin()
    one = f"{haut.batch(image)}{image['id']}/"

    def status(old: str, new: str) -> int:
        return haut.http.get(one.replace(old, new)).status_code

    assert haut.http.get(one).status_code == 200
    assert status(haut.sandbox.hautai.company_id, "other") == 403
    for part in (haut.sandbox.hautai.dataset_id, haut.subject, image["image_batch_id"], image["id"]):
        assert status(part, "other") == 404
    assert haut.http.get(f"{haut.company}/nothing/").json() == {"detail": "Not Found"}
    assert haut.http.put(one).status_code == 405


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "x" * 513}, {"name": 5}])
def test_a_subject_that_does_not_fit_is_400(haut: Haut, body: dict[str, Any]) -> None:
    assert haut.http.post(f"{haut.dataset}/subjects/", json=body).status_code == 400


def test_an_upload_is_an_image_in_a_new_batch_or_in_the_given_one(haut: Haut) -> None:
    front = haut.begin(side_id=1, light_id=1)
    left = haut.begin(side_id=3, light_id=1, batch_id=front["image_batch_id"])
    other = haut.begin()
    assert front["image_batch_id"] == left["image_batch_id"] != other["image_batch_id"]
    listed = haut.http.get(haut.batch(front)).json()
    assert [(item["id"], item["side_id"]) for item in listed] == [(front["id"], 1), (left["id"], 3)]
    path = f"{haut.company}/subjects/{haut.subject}/signed_upload_url/"
    assert haut.http.post(path, json={"batch_id": "other"}).status_code == 400


@pytest.mark.parametrize("request_", [{}, {"json": {}}, {"json": {"app_args": {}}}])
@pytest.mark.parametrize("version", ["v1", "v3"])
def test_nothing_needs_to_be_said_to_compute(haut: Haut, version: str, request_: dict[str, Any]) -> None:
    image = haut.upload()
    assert haut.compute(image["image_batch_id"], version, **request_).is_success
    haut.sandbox.clock.advance(5)
    assert list(haut.results(image)) == NAMES


def test_null_is_no_app_args(haut: Haut) -> None:
    assert haut.compute(haut.upload()["image_batch_id"], json={"app_args": None}).status_code == 400


def test_without_a_picture_there_is_nothing_to_compute(haut: Haut) -> None:
    assert haut.compute(haut.begin()["image_batch_id"]).status_code == 400


def test_a_batch_is_computed_once_however_often_it_is_asked_for(haut: Haut) -> None:
    image = haut.upload()
    for _ in range(3):
        assert haut.compute(image["image_batch_id"]).is_success
    (batch,) = haut.sandbox.hautai.subjects[haut.subject].batches.values()
    assert batch.computations == 1


def test_results_fill_up_one_after_another(haut: Haut) -> None:
    image = haut.upload()
    assert haut.metrics(image) == {}
    assert haut.compute(image["image_batch_id"]).is_success
    seen = []
    for seconds in (0, 3.7, 0.1, 1.1, 0.1):
        haut.sandbox.clock.advance(seconds)
        metrics = haut.metrics(image)["face_skin_metrics_3"]
        names = list(haut.results(image))
        assert list(metrics.get("parameters", {})) == names
        seen.append((len(names), metrics["all_algorithms_calculated"]))
    assert seen == [(0, False), (0, False), (2, False), (2, False), (5, True)]


def test_a_redder_picture_is_redder_and_a_rougher_one_rougher(haut: Haut) -> None:
    plain, red = haut.results(haut.analysed(selfie())), haut.results(haut.analysed(selfie(60)))
    assert plain["redness"] == 0
    assert red["redness"] == pytest.approx(60 / 2.55, abs=0.1)
    assert red["brightness"] > plain["brightness"]
    noise = Image.effect_noise((320, 400), 60).convert("RGB")
    stream = io.BytesIO()
    noise.save(stream, "PNG")
    rough = haut.results(haut.analysed(stream.getvalue()))
    assert rough["texture"] > 5 * plain["texture"]
    steep = haut.results(haut.analysed(selfie(steepness=0.5)))
    assert steep["contrast"] > plain["contrast"]
    assert steep["evenness"] < plain["evenness"]


def test_every_result_says_that_it_is_no_diagnosis(haut: Haut) -> None:
    image = haut.analysed()
    items = haut.get(image, "results/")
    assert {item["application_description"] for item in items} == {"sandbox statistics, no diagnosis"}
    assert haut.metrics(image)["face_skin_metrics_3"]["note"] == "sandbox statistics, no diagnosis"
    # A number where others have an object: both are seen.
    assert {type(item["result"]) for item in items} == {float, dict}


def test_the_metrics_are_the_means_of_the_batch(haut: Haut) -> None:
    front = haut.upload(selfie(20), side_id=1)
    left = haut.upload(selfie(60), side_id=3, batch_id=front["image_batch_id"])
    assert haut.compute(front["image_batch_id"]).is_success
    haut.sandbox.clock.advance(5)
    redness = haut.metrics(front)["face_skin_metrics_3"]["parameters"]["redness"]
    scores = [haut.results(image)["redness"] for image in (front, left)]
    assert redness["score"] == pytest.approx(sum(scores) / 2, abs=0.01)
    assert list(redness["masks"]) == ["front", "left"]


def test_a_picture_that_comes_later_is_computed_by_itself(haut: Haut) -> None:
    front = haut.analysed()
    left = haut.upload(side_id=3, batch_id=front["image_batch_id"])
    assert haut.compute(front["image_batch_id"]).is_success
    assert (len(haut.results(front)), len(haut.results(left))) == (5, 0)
    assert haut.metrics(front)["face_skin_metrics_3"]["all_algorithms_calculated"] is False
    haut.sandbox.clock.advance(5)
    assert len(haut.results(left)) == 5


def plain(size: tuple[int, int] = (300, 300)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (200, 150, 130)).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize("data", [plain(), b"no picture", selfie(size=(255, 400))])
def test_where_no_face_can_be_the_computation_ends_and_says_so(haut: Haut, data: bytes) -> None:
    image = haut.analysed(data)
    told = haut.get(image, "results/")
    assert [(item["result"], item["is_ok"]) for item in told] == [({"error": "No face detected"}, False)] * 2
    assert haut.get(image, "aux/") == []
    metrics = haut.metrics(image)["face_skin_metrics_3"]
    assert metrics["all_algorithms_calculated"] is True
    assert "parameters" not in metrics


def test_the_next_computation_can_be_told_to_find_no_face(haut: Haut) -> None:
    haut.sandbox.hautai.no_face_next()
    haut.sandbox.hautai.no_face_next(error="No face detected")
    first, second, third = haut.analysed(), haut.analysed(), haut.analysed()
    assert haut.get(first, "results/") == []
    told = haut.get(second, "results/")
    assert [(item["result"], item["is_ok"]) for item in told] == [({"error": "No face detected"}, False)] * 2
    assert len(haut.get(third, "results/")) == 5


def test_maps_show_where_and_their_links_live_for_an_hour(haut: Haut) -> None:
    image = haut.analysed(selfie(40))
    maps = {item["aux_image_type"]["tech_name"]: item["urls"]["original"] for item in haut.get(image, "aux/")}
    assert list(maps) == ["redness_map", "texture_map"]
    reply = httpx.get(maps["redness_map"])
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "image/png")
    assert opened(reply.content).size == (320, 400)
    assert mean(opened(reply.content)) == pytest.approx(160, abs=1)
    assert haut.get(image)["aux_images"] == haut.get(image, "aux/")
    haut.sandbox.clock.advance(3500)
    assert httpx.get(maps["redness_map"]).status_code == 200
    again = haut.get(image, "aux/")[0]["urls"]["original"]
    haut.sandbox.clock.advance(100)
    assert error(httpx.get(maps["redness_map"])) == (400, "ExpiredToken")
    assert httpx.get(again).status_code == 200


def test_lists_can_come_wrapped(haut: Haut) -> None:
    image = haut.analysed()
    bare = [haut.get(image, "results/"), len(haut.get(image, "aux/")), len(haut.http.get(haut.batch(image)).json())]
    haut.sandbox.hautai.wrap_lists = True
    wrapped = [haut.get(image, "results/"), haut.get(image, "aux/"), haut.http.get(haut.batch(image)).json()]
    results, maps, images = (item["results"] for item in wrapped)
    assert [results, len(maps), len(images)] == bare


def test_a_deleted_image_is_gone_with_all_that_was_made_of_it(haut: Haut) -> None:
    image, other = haut.analysed(), haut.analysed()
    link = haut.get(image, "aux/")[0]["urls"]["original"]
    haut.sandbox.settle()
    before = files(haut, image["id"])
    assert (len(before), haut.sandbox.hautai.pictures) == (3, 6)
    one = f"{haut.batch(image)}{image['id']}/"
    assert haut.http.delete(one).status_code == 204
    for path in (one, f"{one}aux/", f"{one}results/"):
        assert haut.http.get(path).status_code == 404
    assert haut.http.delete(one).status_code == 404
    assert haut.http.get(haut.batch(image)).json() == []
    assert httpx.get(link).status_code == 404
    assert error(put(image["upload_url"], selfie())) == (404, "NoSuchKey")
    assert not any(file.exists() for file in before)
    # Nor is anything else left of it, as of the put that was refused.
    assert sorted(before[0].parent.iterdir()) == sorted(files(haut))
    assert haut.sandbox.hautai.pictures == 3
    assert len(haut.results(other)) == 5


def test_an_image_that_is_deleted_while_it_is_computed_leaves_nothing_behind(
    haut: Haut, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, deleted = Event(), Event()

    def slowly(data: bytes) -> Findings | None:
        begun.set()
        assert deleted.wait(10)
        return measure(data)

    monkeypatch.setattr(computation, "measure", slowly)
    image = haut.upload()
    assert haut.compute(image["image_batch_id"]).is_success
    assert begun.wait(10)
    assert haut.http.delete(f"{haut.batch(image)}{image['id']}/").status_code == 204
    deleted.set()
    haut.sandbox.clock.advance(5)
    haut.sandbox.settle()
    assert haut.sandbox.hautai.pictures == 0


def test_the_third_version_takes_several_sides_at_once(haut: Haut) -> None:
    path = f"{haut.company}/subjects/{haut.subject}/upload/".replace("v1", "v3")
    reply = haut.http.post(path, json={"front": "front.jpg", "left": "left.jpg"})
    assert reply.status_code == 200
    told = reply.json()
    assert set(told) == {"front", "left", "image_batch_id"}
    for side in ("front", "left"):
        assert put(told[side], selfie()).status_code == 200
    assert haut.compute(told["image_batch_id"], "v3").is_success
    haut.sandbox.clock.advance(5)
    assert haut.metrics(told)["face_skin_metrics_3"]["all_algorithms_calculated"] is True
    images = haut.http.get(haut.batch(told)).json()
    assert [(item["side_id"], item["name"]) for item in images] == [(1, "front.jpg"), (3, "left.jpg")]
    assert haut.http.post(path, json={}).status_code == 400


def test_faults_come_in_the_services_shape(haut: Haut) -> None:
    haut.sandbox.fault("create_subject", status=503, headers={"Retry-After": "1"})
    reply = haut.http.post(f"{haut.dataset}/subjects/", json={"name": "x"})
    assert (reply.status_code, list(reply.json()), reply.headers["Retry-After"]) == (503, ["detail"], "1")
    haut.sandbox.fault("picture", status=500)
    url = haut.begin()["upload_url"]
    assert error(put(url, selfie())) == (500, "InternalError")
    assert put(url, selfie()).status_code == 200


def test_stopping_in_the_middle_of_the_work_leaves_nothing_open() -> None:
    """What is left open is a warning, and warnings are errors here."""
    for pictures in range(4):
        with frozen_haut() as haut:
            for _ in range(pictures):
                assert haut.compute(haut.upload()["image_batch_id"]).is_success
        gc.collect()


def test_no_secret_and_no_picture_is_in_what_the_sandbox_shows(haut: Haut) -> None:
    haut.analysed()
    service = haut.sandbox.hautai
    shown = repr(haut.sandbox.requests) + repr(service.subjects) + repr(haut.sandbox)
    for secret in (service.password, haut.http.headers["Authorization"].split()[1], "Signature", "PNG"):
        assert secret not in shown
