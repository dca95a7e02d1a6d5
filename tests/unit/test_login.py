"""One login for any number of requests to Haut.AI: made once, renewed in time, not repeated when it is refused."""

from __future__ import annotations

import asyncio
import copy
import json
import threading
import time
import traceback
from typing import Any

import httpx
import pytest

import safelight
from safelight import AsyncHautAI
from tests.conftest import FakeClock
from tests.unit.test_hautai import Answer, Service, client, said


def test_one_login_serves_many_threads_and_tells_the_company(clock: FakeClock) -> None:
    service = Service(subjects=said(body={"results": []}))
    haut = client(service, clock)
    threads = [threading.Thread(target=lambda: list(haut.subjects())) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (login,) = service.of("login")
    assert json.loads(login.content) == {"username": "anna", "password": "PASSWORD-CANARY"}
    assert "authorization" not in login.headers
    paths = {request.url.path for request in service.of("subjects")}
    assert paths == {"/api/v1/companies/c-1/datasets/d-1/subjects/"}
    assert len(service.of("subjects")) == 20


def test_a_company_of_the_arguments_counts_for_more_than_the_logins(clock: FakeClock) -> None:
    service = Service(subjects=said(body={"results": []}))
    list(client(service, clock, company_id="c-9").subjects())
    assert service.of("subjects")[0].url.path.startswith("/api/v1/companies/c-9/")


def test_a_login_without_a_company_says_what_is_missing(clock: FakeClock) -> None:
    service = Service(login=said(body={"access_token": "T"}))
    with pytest.raises(safelight.ConfigError, match="HAUTAI_COMPANY_ID"):
        list(client(service, clock).subjects())


def test_a_login_is_refreshed_before_its_hour_is_over(clock: FakeClock) -> None:
    service = Service(subjects=said(body={"results": []}))
    haut = client(service, clock)
    for seconds in (0, 1800, 1735, 10, 3545):
        clock.advance(seconds)
        list(haut.subjects())
    assert len(service.of("login")) == 1
    tokens = [request.headers["authorization"] for request in service.of("subjects")]
    assert tokens == ["Bearer LOGIN-1"] * 3 + ["Bearer REFRESHED-1", "Bearer REFRESHED-2"]
    assert [json.loads(request.content) for request in service.of("refresh")] == [
        {"refresh_token": "R-1"},
        {"refresh_token": "R-2"},
    ]


@pytest.mark.parametrize("refused", [said(401, {"detail": "no"}), said(404, {}), said(200, {"no": "token"})])
def test_where_a_refresh_is_refused_another_login_is_made(clock: FakeClock, refused: Answer) -> None:
    service = Service(subjects=said(body={"results": []}), refresh=refused)
    haut = client(service, clock)
    list(haut.subjects())
    clock.advance(3700)
    list(haut.subjects())
    assert len(service.of("login")) == 2
    assert service.of("subjects")[-1].headers["authorization"] == "Bearer LOGIN-2"


def test_a_token_that_ends_early_is_renewed_once(clock: FakeClock) -> None:
    service = Service(subjects=[said(401, {"detail": "expired"}), said(body={"results": []})])
    list(client(service, clock).subjects())
    tokens = [request.headers["authorization"] for request in service.of("subjects")]
    assert tokens == ["Bearer LOGIN-1", "Bearer LOGIN-2"]


def test_a_login_that_is_refused_explains_the_second_factor_without_the_password(clock: FakeClock) -> None:
    service = Service(login=said(400, {"detail": "PASSWORD-CANARY of anna is not enough"}))
    with pytest.raises(safelight.AuthError, match=r"second factor.*private token.*HAUTAI_TOKEN") as caught:
        list(client(service, clock).subjects())
    assert caught.value.status == 400
    text = "".join(traceback.format_exception(caught.value))
    assert "PASSWORD-CANARY" not in text
    assert "... of ... is not enough" in text


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_password_is_not_tried_again_by_those_who_follow(clock: FakeClock, status: int) -> None:
    service = Service(login=said(status, {"detail": "wrong"}))
    haut = client(service, clock)
    for _ in range(10):
        with pytest.raises(safelight.AuthError, match=r"refused \(wrong\).*Check the user name"):
            list(haut.subjects())
    assert len(service.of("login")) == 1
    clock.advance(61)
    with pytest.raises(safelight.AuthError):
        list(haut.subjects())
    assert len(service.of("login")) == 2


def test_a_password_that_changed_is_refused_once(clock: FakeClock) -> None:
    refused = said(401, {"detail": "wrong"})
    service = Service(login=[Service().login, refused], subjects=[said(body={"results": []}), said(401, {})])
    haut = client(service, clock)
    list(haut.subjects())
    for _ in range(3):
        with pytest.raises(safelight.AuthError):
            list(haut.subjects())
    assert len(service.of("login")) == 2


def test_a_service_that_takes_no_token_is_not_stormed_with_logins(clock: FakeClock) -> None:
    service = Service(subjects=said(401, {"detail": "no"}))
    haut = client(service, clock)
    for _ in range(10):
        with pytest.raises(safelight.AuthError, match="Check the credentials"):
            list(haut.subjects())
    assert len(service.of("login")) == 2
    clock.advance(61)
    with pytest.raises(safelight.AuthError):
        list(haut.subjects())
    assert len(service.of("login")) == 3


@pytest.mark.parametrize("kind", ["no reply", "no success"])
def test_those_who_wait_for_a_login_share_its_failure(clock: FakeClock, kind: str) -> None:
    asking: list[int] = []

    def fail(request: httpx.Request) -> httpx.Response:
        while len(asking) < 8:
            time.sleep(0.001)
        time.sleep(0.05)  # until the last of them waits for the login, too
        clock.advance(1)
        if kind == "no success":
            return httpx.Response(500, json={"detail": "PASSWORD-CANARY"})
        raise httpx.ReadTimeout("late", request=request)

    service = Service(login=fail)
    haut = client(service, clock, max_retries=0)
    failures: list[str] = []

    def ask() -> None:
        asking.append(1)
        with pytest.raises((safelight.ConnectionFailed, safelight.ServerError)) as caught:
            list(haut.subjects())
        failures.append(str(caught.value))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failures) == 8
    assert len(service.of("login")) == 1
    assert "CANARY" not in "".join(failures)


def test_tasks_that_wait_for_a_login_share_its_failure(clock: FakeClock) -> None:
    logins: list[httpx.Request] = []

    async def fail(request: httpx.Request) -> httpx.Response:
        logins.append(request)
        await asyncio.sleep(0.01)
        clock.advance(1)
        raise httpx.ConnectTimeout("away", request=request)

    async def main() -> list[Any]:
        haut = AsyncHautAI(
            username="anna",
            password="P",
            dataset_id="d",
            base_url="https://saas.haut.test",
            transport=httpx.MockTransport(fail),
            max_retries=0,
            clock=clock,
        )
        async with haut:
            return await asyncio.gather(*(haut.metrics("a/b") for _ in range(8)), return_exceptions=True)

    assert {type(failure) for failure in asyncio.run(main())} == {safelight.ConnectionFailed}
    assert len(logins) == 1


def test_who_gives_up_waiting_fails_nobody_else(clock: FakeClock) -> None:
    logins: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/login/"):
            return httpx.Response(200, json={})
        logins.append(request)
        clock.advance(1)
        await asyncio.sleep(10 if len(logins) == 1 else 0)
        return httpx.Response(200, json={"access_token": "T", "company_id": 1})

    async def main() -> None:
        settings: dict[str, Any] = {"username": "anna", "password": "P", "base_url": "https://saas.haut.test"}
        async with AsyncHautAI(**settings, transport=httpx.MockTransport(answer), clock=clock) as haut:
            first = asyncio.ensure_future(haut.metrics("a/b"))
            await asyncio.sleep(0.01)
            second = asyncio.ensure_future(haut.metrics("a/b"))
            await asyncio.sleep(0.01)
            first.cancel()
            await second

    asyncio.run(main())
    assert len(logins) == 2


def test_a_forked_process_does_not_wait_for_a_login_of_its_parents(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    haut = client(Service(subjects=said(body=[])), clock)
    held = haut._http.get()._auth._locks.get()  # type: ignore[union-attr]
    with held:
        monkeypatch.setattr("os.getpid", lambda: -1)
        assert list(haut.subjects()) == []


@pytest.mark.parametrize(
    "detail", [["PASSWORD-CANARY"], {"password": "PASSWORD-CANARY"}, "x" * 190 + "PASSWORD-CANARY"]
)
def test_a_password_is_shown_in_no_form_and_no_part(clock: FakeClock, detail: Any) -> None:
    with pytest.raises(safelight.AuthError) as caught:
        list(client(Service(login=said(401, {"detail": detail})), clock).subjects())
    assert "PASSWORD" not in str(caught.value)


def test_a_new_login_that_fails_once_is_made_by_the_next_request(clock: FakeClock) -> None:
    service = Service(
        login=[Service().login, said(502, {}), Service().login],
        subjects=[said(body=[]), said(401, {}), said(401, {}), said(body=[])],
    )
    haut = client(service, clock, max_retries=0)
    assert list(haut.subjects()) == []
    with pytest.raises(safelight.ServerError):
        list(haut.subjects())
    assert list(haut.subjects()) == []


def test_a_failure_is_not_raised_to_a_request_that_did_not_wait_for_it(clock: FakeClock) -> None:
    def slow(_: httpx.Request) -> httpx.Response:
        auth._failure = clock.monotonic() + 1, safelight.ConnectionFailed("of another request")
        clock.advance(2)
        return httpx.Response(401, json={})

    service = Service(subjects=[said(body=[]), slow, said(body=[])])
    haut = client(service, clock)
    auth: Any = haut._http.get()._auth
    list(haut.subjects())
    assert list(haut.subjects()) == []


def test_notes_on_a_shared_failure_are_each_callers_own() -> None:
    error = safelight.ConnectionFailed("away")
    error.add_note("of all")
    mine, other = copy.copy(error), copy.copy(error)
    mine.add_note("mine")
    assert (other.__notes__, error.__notes__) == (["of all"], ["of all"])


def test_a_short_name_is_not_cut_out_of_words(clock: FakeClock) -> None:
    service = Service(login=said(401, {"detail": "Unable to log in"}))
    with pytest.raises(safelight.AuthError, match="Unable to log in"):
        list(client(service, clock, username="a").subjects())
