"""Haut.AI's operations by hand, over a client that compares every reply with the contract."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx
from PIL import Image

from safelight.sandbox import Sandbox
from safelight.transport import tls_context
from tests.contract.sandbox_api import frozen


def selfie(redness: int = 0, size: tuple[int, int] = (320, 400), *, steepness: float = 0.25) -> bytes:
    """A picture that is not all of one colour; the redder, the more."""
    ramp = Image.linear_gradient("L").resize(size).point(lambda value: value * steepness + 100)
    red = ramp.point(lambda value: value * 1 + redness)
    stream = io.BytesIO()
    Image.merge("RGB", (red, ramp, ramp)).save(stream, "PNG")
    return stream.getvalue()


@attrs.frozen
class Haut:
    """One subject, over plain httpx."""

    http: httpx.Client
    sandbox: Sandbox
    company: str
    subject: str

    @property
    def dataset(self) -> str:
        return f"{self.company}/datasets/{self.sandbox.hautai.dataset_id}"

    def begin(self, **body: Any) -> dict[str, Any]:
        """An image that has nothing put to its URL yet."""
        reply = self.http.post(f"{self.company}/subjects/{self.subject}/signed_upload_url/", json=body)
        assert reply.status_code == 201, reply.text
        return reply.json()

    def upload(self, data: bytes | None = None, **body: Any) -> dict[str, Any]:
        """An image with its picture."""
        image = self.begin(**body)
        assert put(image["upload_url"], selfie() if data is None else data).status_code == 200
        return image

    def compute(self, batch: str, version: str = "v1", **request: Any) -> httpx.Response:
        """Send a batch to computation."""
        return self.http.post(f"{self.company}/batches/{batch}/compute/".replace("v1", version), **request)

    def analysed(self, data: bytes | None = None) -> dict[str, Any]:
        """An image whose computation is over."""
        image = self.upload(data)
        assert self.compute(image["image_batch_id"]).is_success
        self.sandbox.clock.advance(5)
        return image

    def batch(self, image: Mapping[str, Any]) -> str:
        return f"{self.dataset}/subjects/{self.subject}/batches/{image['image_batch_id']}/images/"

    def get(self, image: Mapping[str, Any], what: str = "") -> Any:
        """An image, or its `results/` or `aux/`."""
        reply = self.http.get(f"{self.batch(image)}{image['id']}/{what}")
        assert reply.status_code == 200, reply.text
        return reply.json()

    def results(self, image: Mapping[str, Any]) -> dict[str, Any]:
        """The results of an image by their names."""
        found = {item["algorithm_family_tech_name"]: item["result"] for item in self.get(image, "results/")}
        return {name.removeprefix("sandbox."): value_of(result) for name, result in found.items()}

    def metrics(self, image: Mapping[str, Any]) -> dict[str, Any]:
        """What the third version says of the image's batch."""
        reply = self.http.get(f"{self.company}/batches/{image['image_batch_id']}/results/".replace("v1", "v3"))
        assert reply.status_code == 200, reply.text
        return reply.json()


def value_of(result: Any) -> Any:
    """The number in a result, in whichever form."""
    return result if isinstance(result, float) else result["area_results"][0]["main_metric"]["value"]


def put(upload_url: Mapping[str, Any], data: bytes, **headers: str) -> httpx.Response:
    """What the signed URL asks for."""
    return httpx.request(
        upload_url["method"],
        upload_url["url"],
        content=data,
        headers={**upload_url["headers"], **headers},
        verify=tls_context(),
    )


def error(reply: httpx.Response) -> tuple[int, str]:
    """The status and the code of a refusal of the pictures' store."""
    match = re.search("<Code>(.*)</Code>", reply.text)
    assert match, reply.text
    return reply.status_code, match[1]


def files(haut: Haut, image: str = "") -> list[Path]:
    """Where the files of an image are, or those of all."""
    return [stored.file for key, stored in haut.sandbox.hautai._bucket.objects.items() if key.startswith(image)]


@contextmanager
def frozen_haut(**options: Any) -> Iterator[Haut]:
    """A sandbox whose time stands still, with one subject."""
    with frozen(**options) as (sandbox, client):
        yield logged_in(client, sandbox)


def logged_in(client: httpx.Client, sandbox: Sandbox) -> Haut:
    """A client that has a token from now on, and a new subject."""
    service = sandbox.hautai
    reply = client.post("/api/v1/auth/login/", json={"username": service.username, "password": service.password})
    assert reply.status_code == 200, reply.text
    client.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"
    company = f"/api/v1/companies/{reply.json()['company_id']}"
    subject = client.post(f"{company}/datasets/{service.dataset_id}/subjects/", json={"name": "customer-7"})
    assert subject.status_code == 201, subject.text
    return Haut(client, sandbox, company, subject.json()["id"])
