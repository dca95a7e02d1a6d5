"""The sandbox's Immersity: tokens, URLs, credits, ids, callbacks; the client compares every reply with the contract."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from safelight.sandbox import Sandbox
from safelight.sandbox.contract import contract_of
from tests.contract.sandbox_api import Media, frozen_media, gradient, receiver, video_request, wait_until

REQUESTS = [
    ("GET", "/api/v1/prices"),
    ("GET", "/api/v1/get-upload-url"),
    ("POST", "/api/v1/disparity"),
    ("POST", "/api/v1/animation"),
    ("POST", "/api/v1/sbs"),
    ("POST", "/api/v1/topBottom"),
    ("POST", "/api/v1/decode"),
    ("POST", "/api/v1/encode"),
    ("POST", "/api/v1/video"),
    ("POST", "/api/v1/spatial"),
]


def code_of(reply: httpx.Response) -> tuple[int, str]:
    body = reply.json()
    assert body["message"]
    assert body["statusCode"] == reply.status_code
    return reply.status_code, body["errorCode"]


def test_the_requests_above_are_all_operations() -> None:
    contract = contract_of("immersity")
    found = [contract.find(*request) for request in REQUESTS]
    assert {match[0].id for match in found if isinstance(match, tuple)} == set(contract.operations)


@pytest.mark.parametrize(("method", "path"), REQUESTS)
@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic eDp5"])
def test_no_operation_works_without_a_valid_token(media: Media, method: str, path: str, header: str | None) -> None:
    del media.http.headers["Authorization"]
    reply = media.http.request(method, path, headers={} if header is None else {"Authorization": header})
    assert code_of(reply) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("service", ["immersity", "leiapix"])
def test_either_tokens_open_the_api_until_they_expire(media: Media, service: str) -> None:
    env = {name: value for name, value in media.sandbox.env.items() if name.startswith(service.upper())}
    credentials = {name.partition("_")[2].lower(): value for name, value in env.items()}
    assert set(credentials) == {"base_url", "token_url", "client_id", "client_secret"}
    form = {"grant_type": "client_credentials", **credentials}
    token = httpx.post(credentials["token_url"], data=form).json()["access_token"]
    media.http.headers["Authorization"] = f"Bearer {token}"
    assert media.http.get("/api/v1/prices").status_code == 200
    media.sandbox.clock.advance(3600)
    assert media.http.get("/api/v1/prices").status_code == 401


def test_the_two_token_urls_take_their_own_credentials_only(media: Media) -> None:
    env = media.sandbox.env
    assert env["IMMERSITY_CLIENT_ID"] != env["LEIAPIX_CLIENT_ID"]
    form = {
        "grant_type": "client_credentials",
        "client_id": env["IMMERSITY_CLIENT_ID"],
        "client_secret": env["IMMERSITY_CLIENT_SECRET"],
    }
    assert httpx.post(env["LEIAPIX_TOKEN_URL"], data=form).status_code == 401


def test_teleports_tokens_open_nothing_here(media: Media) -> None:
    media.http.headers["Authorization"] = f"Bearer {media.sandbox.tokens.issue()}"
    assert media.http.get("/api/v1/prices").status_code == 401


def test_the_result_is_put_to_the_given_url_and_the_reply_names_it(media: Media) -> None:
    target = media.target("maps/cat.png")
    reply = media.transform("disparity", resultPresignedUrl=target, correlationId="one")
    assert (reply.status_code, reply.json()) == (201, {"correlationId": "one", "resultPresignedUrl": target})
    stored = media.sandbox.bucket.objects["maps/cat.png"]
    assert stored.media_type == "image/png"
    assert stored.data.startswith(b"\x89PNG")
    assert media.sandbox.count("bucket_put") == 1


def test_without_a_url_the_result_can_be_read_for_a_while(media: Media) -> None:
    body = media.transform("disparity").json()
    assert body["correlationId"]
    url = body["resultPresignedUrl"]
    assert httpx.get(url).headers["Content-Type"] == "image/png"
    media.sandbox.clock.advance(3601)
    assert httpx.get(url).status_code == 403


@pytest.mark.parametrize("status", [200, 201])
def test_success_is_either_of_two_statuses(media: Media, status: int) -> None:
    media.sandbox.immersity.success_status = status
    assert media.transform("disparity").status_code == status


def test_a_place_for_an_upload_takes_a_put_for_a_day_and_gives_nothing(media: Media) -> None:
    query = {"fileName": "../my cat.jpg", "mediaType": "image/jpeg", "correlationId": "one"}
    body = media.http.get("/api/v1/get-upload-url", params=query).json()
    assert "/one/my-cat.jpg?" in body["url"]
    assert body["urlExpiresUTC"].endswith("Z")
    assert httpx.put(body["url"], content=b"data").status_code == 200
    assert httpx.get(body["url"]).status_code == 403
    assert media.sandbox.count("upload") == 1
    media.sandbox.clock.advance(24 * 3600)
    assert httpx.put(body["url"], content=b"data").status_code == 403


WRONG_INPUTS = {
    "nobody listens": ("http://127.0.0.1:1/cat.png", "ERROR_INPUT_URL_IS_NOT_READABLE"),
    "no web address": ("file:///etc/passwd", "ERROR_INPUT_URL_IS_NOT_READABLE"),
    "no address at all": ("http://[", "ERROR_INPUT_URL_IS_NOT_READABLE"),
}


@pytest.mark.parametrize("wrong", WRONG_INPUTS)
def test_an_input_that_cannot_be_fetched_is_an_error_that_costs_nothing(media: Media, wrong: str) -> None:
    url, code = WRONG_INPUTS[wrong]
    assert code_of(media.transform("disparity", inputImageUrl=url)) == (400, code)
    assert media.sandbox.immersity.balance == 10_000


def test_an_input_url_for_put_cannot_be_read(media: Media) -> None:
    reply = media.transform("disparity", inputImageUrl=media.target())
    assert code_of(reply) == (400, "ERROR_INPUT_URL_IS_NOT_READABLE")
    assert "403" in reply.json()["message"]


def test_a_redirect_is_not_followed(media: Media) -> None:
    with receiver(302, location=media.source()) as elsewhere:
        reply = media.transform("disparity", inputImageUrl=elsewhere.url)
    assert code_of(reply) == (400, "ERROR_INPUT_URL_IS_NOT_READABLE")


@pytest.mark.parametrize("path", ["disparity", "animation", "sbs", "decode"])
def test_an_input_that_is_no_picture_is_an_error_that_costs_nothing(media: Media, path: str) -> None:
    reply = media.transform(path, inputImageUrl=media.source(b"no picture"))
    assert code_of(reply) == (400, "ERROR_INPUT_IS_NOT_SUPPORTED")
    assert media.sandbox.immersity.balance == 10_000


def test_a_result_url_for_get_cannot_be_written_and_costs_nothing(media: Media) -> None:
    reply = media.transform("disparity", resultPresignedUrl=media.source(), correlationId="one")
    assert code_of(reply) == (400, "ERROR_OUTPUT_URL_IS_NOT_WRITABLE")
    assert media.sandbox.immersity.balance == 10_000
    assert media.sandbox.immersity.charges["one"].credits == 0


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("disparity", {"dilation": 0.02}, "dilation"),
        ("disparity", {"outputBitDepth": "uint32"}, "outputBitDepth"),
        ("animation", {"animationLength": 11}, "animationLength"),
        ("animation", {"outputFps": 7}, "outputFps"),
        ("sbs", {"width": 0}, "width"),
        ("topBottom", {}, "inputDisparityUrl"),
        ("video", {}, "creditAmount"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(media: Media, path: str, body: dict[str, Any], name: str) -> None:
    reply = media.transform(path, **body)
    assert code_of(reply) == (400, "ERROR_INVALID_PARAMETERS")
    assert name in reply.json()["message"]
    assert media.sandbox.immersity.balance == 10_000


def test_prices_are_told_and_charged(media: Media) -> None:
    prices = media.http.get("/api/v1/prices").json()
    media.sandbox.immersity.prices["disparity"]["mono"] = 7
    assert media.transform("disparity", correlationId="one").status_code == 201
    assert media.transform("animation", animationType="gif", correlationId="two", outputFps=1).status_code == 201
    charges = media.sandbox.immersity.charges
    assert [charges[name].credits for name in ("one", "two")] == [7, prices["animation"]["gif"]]
    assert media.sandbox.immersity.balance == 10_000 - 7 - prices["animation"]["gif"]


def test_a_spent_balance_is_402_until_there_are_credits_again() -> None:
    with frozen_media(credits=9) as media:
        assert media.transform("disparity").status_code == 201
        assert code_of(media.transform("disparity", correlationId="one")) == (402, "NOT_ENOUGH_CREDIT_BALANCE")
        media.sandbox.immersity.balance = 5
        assert media.transform("disparity", correlationId="one").status_code == 201
        assert media.sandbox.immersity.balance == 0


def test_a_repeated_id_gives_the_first_result_and_costs_nothing_more(media: Media) -> None:
    first = media.transform("disparity", correlationId="one").json()
    again = media.transform("disparity", correlationId="one", inputImageUrl=media.source(gradient((50, 50)))).json()
    data = [httpx.get(body["resultPresignedUrl"]).content for body in (first, again)]
    assert data[0] == data[1]
    charge = media.sandbox.immersity.charges["one"]
    assert (charge.credits, charge.processed, charge.requests) == (5, 1, 2)
    assert media.sandbox.immersity.balance == 10_000 - 5


def test_a_repeated_id_waits_for_the_first_request(media: Media) -> None:
    media.sandbox.immersity.delay_seconds = 60
    source = media.source()
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(media.transform, "disparity", correlationId="one", inputImageUrl=source) for _ in range(2)]
        charges = media.sandbox.immersity.charges
        wait_until(lambda: "one" in charges and charges["one"].requests == 2)
        media.sandbox.settle()
        assert not any(call.done() for call in calls)
        media.sandbox.clock.advance(60)
        replies = [call.result() for call in calls]
    assert [reply.status_code for reply in replies] == [201, 201]
    assert charges["one"].processed == 1


def test_an_id_belongs_to_one_operation(media: Media) -> None:
    assert media.transform("disparity", correlationId="one").status_code == 201
    assert code_of(media.transform("sbs", correlationId="one")) == (400, "ERROR_CORRELATION_ID_IN_USE")


def test_after_a_lost_reply_the_same_id_gives_the_result_without_paying_twice(media: Media) -> None:
    media.sandbox.fault("create_disparity", when="after", kind="reset")
    with pytest.raises(httpx.ReadError):
        media.transform("disparity", correlationId="one", resultPresignedUrl=media.target())
    assert media.sandbox.immersity.balance == 10_000 - 5
    assert media.transform("disparity", correlationId="one", resultPresignedUrl=media.target()).status_code == 201
    assert media.sandbox.immersity.balance == 10_000 - 5
    assert media.sandbox.count("bucket_put") == 1


def test_a_client_that_hangs_up_still_gets_its_result_by_the_same_id(media: Media) -> None:
    media.sandbox.immersity.delay_seconds = 60
    with pytest.raises(httpx.ReadTimeout):
        media.http.post(
            "/api/v1/disparity", json={"inputImageUrl": media.source(), "correlationId": "one"}, timeout=0.05
        )
    media.sandbox.settle()
    media.sandbox.clock.advance(60)
    assert media.transform("disparity", correlationId="one").status_code == 201
    assert media.sandbox.immersity.charges["one"].processed == 1


def test_a_fault_of_the_users_store_is_a_result_that_cannot_be_written(media: Media) -> None:
    media.sandbox.fault("bucket_put", status=503)
    reply = media.transform("disparity", resultPresignedUrl=media.target())
    assert code_of(reply) == (400, "ERROR_OUTPUT_URL_IS_NOT_WRITABLE")
    media.sandbox.fault("bucket_get", status=500)
    assert code_of(media.transform("disparity")) == (400, "ERROR_INPUT_URL_IS_NOT_READABLE")


def test_faults_come_in_the_services_shape(media: Media) -> None:
    media.sandbox.fault("create_disparity", status=502)
    assert code_of(media.transform("disparity")) == (502, "INTERNAL_ERROR")


def test_a_video_is_there_when_its_callback_comes(media: Media) -> None:
    with receiver() as called:
        body = video_request(media, called.url)
        reply = media.transform("video", **body)
        assert (reply.status_code, reply.json()["correlationId"]) == (200, "one")
        media.sandbox.settle()
        assert called.bodies == []
        assert "deep.mp4" not in media.sandbox.bucket.objects
        media.sandbox.clock.advance(5)
        media.sandbox.settle()
        assert called.bodies == [{"correlationId": "one", "resultPresignedUrl": body["resultPresignedUrl"]}]
    assert media.sandbox.bucket.objects["deep.mp4"].media_type == "video/mp4"
    assert media.sandbox.immersity.balance == 100 - body["creditAmount"]
    (callback,) = media.sandbox.immersity.callbacks
    assert callback.status == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"videoLength": 3, "creditAmount": 6}, "ERROR_VIDEO_LENGTH_MISMATCH"),
        ({"inputVideoUrl": "http://127.0.0.1:1/"}, "ERROR_INPUT_URL_IS_NOT_READABLE"),
        ({"resultPresignedUrl": "http://127.0.0.1:1/"}, "ERROR_OUTPUT_URL_IS_NOT_WRITABLE"),
        ({"resultPresignedUrl": "http://["}, "ERROR_OUTPUT_URL_IS_NOT_WRITABLE"),
    ],
)
def test_a_video_that_fails_says_so_in_its_callback_and_costs_nothing(
    media: Media, changes: dict[str, Any], code: str
) -> None:
    with receiver() as called:
        assert media.transform("video", **video_request(media, called.url, **changes)).status_code == 200
        media.sandbox.clock.advance(5)
        media.sandbox.settle()
    (body,) = called.bodies
    assert (body["correlationId"], body["errorCode"], body["error"]) == ("one", code, code)
    assert body["errorMessage"]
    assert media.sandbox.immersity.balance == 100


def test_what_is_no_video_fails_in_the_callback(media: Media) -> None:
    with receiver() as called:
        url = media.source(b"no video", "text.txt")
        assert media.transform("video", **video_request(media, called.url, inputVideoUrl=url)).status_code == 200
        media.sandbox.clock.advance(5)
        media.sandbox.settle()
    assert called.bodies[0]["errorCode"] == "ERROR_INPUT_IS_NOT_SUPPORTED"


def test_a_video_whose_price_is_not_agreed_on_is_refused_at_once(media: Media) -> None:
    body = video_request(media, "http://127.0.0.1:1/")
    reply = media.transform("video", **{**body, "creditAmount": 3})
    assert code_of(reply) == (400, "ERROR_CREDIT_AMOUNT_MISMATCH")
    media.sandbox.immersity.balance = 3
    assert code_of(media.transform("video", **body)) == (402, "NOT_ENOUGH_CREDIT_BALANCE")


def test_a_video_is_made_even_if_nobody_answers_the_callback(media: Media) -> None:
    assert media.transform("video", **video_request(media, "http://127.0.0.1:1/")).status_code == 200
    media.sandbox.clock.advance(5)
    media.sandbox.settle()
    assert "deep.mp4" in media.sandbox.bucket.objects
    assert [callback.status for callback in media.sandbox.immersity.callbacks] == [None]


def test_no_secret_is_in_what_the_sandbox_shows(media: Media) -> None:
    media.made("disparity", correlationId="one")
    sandbox: Sandbox = media.sandbox
    shown = repr(sandbox.requests) + repr(sandbox.immersity.charges) + repr(sandbox.bucket.objects) + repr(sandbox)
    secrets = [value for name, value in sandbox.env.items() if "SECRET" in name or "API_KEY" in name]
    assert len(secrets) == 6
    for secret in ("Signature", media.http.headers["Authorization"].split()[1], *secrets):
        assert secret not in shown


def test_whoever_looks_for_a_video_that_is_due_finds_it(media: Media) -> None:
    """However slow this machine is: the sandbox's time may be turned faster than videos are made."""
    assert media.transform("video", **video_request(media, "http://127.0.0.1:1/")).status_code == 200
    url = media.sandbox.bucket.url("GET", "deep.mp4", 60)
    assert httpx.get(url).status_code == 404
    media.sandbox.clock.advance(5)
    assert httpx.get(url).status_code == 200
    failing = video_request(media, "http://127.0.0.1:1/", videoLength=9, creditAmount=18, correlationId="two")
    assert media.transform("video", **{**failing, "resultPresignedUrl": media.target("never.mp4")}).status_code == 200
    media.sandbox.clock.advance(5)
    assert httpx.get(media.sandbox.bucket.url("GET", "never.mp4", 60)).status_code == 404
