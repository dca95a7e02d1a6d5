"""How the sandbox's Haut.AI tells what it knows: in replies, and to webhooks."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from safelight.sandbox.clock import SandboxClock
from safelight.sandbox.google import GoogleBucket
from safelight.sandbox.skin import APPLICATIONS, NOTE
from safelight.sandbox.subjects import Batch, Picture, Subject

_LINK_SECONDS = 3600


class Replies:
    """The JSON of everything.

    Args:
        bucket: Signs the links, which live for an hour.
        clock: Decides how far everything is.
        company_id: Whose subjects these are.
        dataset_id: Where they are.
    """

    def __init__(self, bucket: GoogleBucket, clock: SandboxClock, company_id: str, dataset_id: str) -> None:
        self._bucket = bucket
        self._clock = clock
        self._company = {"id": company_id, "name": "Sandbox"}
        self._dataset = {"id": dataset_id, "name": "Sandbox"}

    def subject(self, subject: Subject) -> dict[str, Any]:
        """A subject."""
        said = {name: subject.request.get(name) for name in ("name", "birth_date", "biological_sex", "meta")}
        place = {"company": self._company, "dataset": self._dataset}
        return {"id": subject.id, **said, "creation_time": subject.created, **place}

    def picture(self, subject: Subject, batch: Batch, picture: Picture) -> dict[str, Any]:
        """An image, with its maps."""
        return {
            "id": picture.id,
            "image_batch_id": batch.id,
            "subject_id": subject.id,
            "side": {"id": picture.side_id, "name": picture.side},
            "side_id": picture.side_id,
            "light": {"id": picture.request.get("light_id") or 1},
            "name": picture.request.get("name"),
            "meta": picture.request.get("meta"),
            "creation_time": picture.created,
            "urls": {"original": self._link(picture.key)} if picture.key in self._bucket.objects else {},
            "aux_images": self.maps(picture),
        }

    def results(self, picture: Picture) -> list[dict[str, Any]]:
        """What the applications that are done say of a picture."""
        return [result for name in picture.ready(self._clock.now()) for result in picture.results(name)]

    def maps(self, picture: Picture) -> list[dict[str, Any]]:
        """The aux images of a picture: those whose application is done."""
        maps = {} if picture.findings is None else picture.findings.maps
        return [
            {
                "id": str(uuid.uuid5(uuid.UUID(picture.id), f"{name} map")),
                "aux_image_type": {"id": number, "name": f"{name.capitalize()} map", "tech_name": f"{name}_map"},
                "creation_time": picture.created,
                "application_name": application,
                "urls": {"original": self._link(picture.map_key(name))},
            }
            for application in picture.ready(self._clock.now())
            for number, name in enumerate(APPLICATIONS[application], 1)
            if name in maps
        ]

    def metrics(self, pictures: Sequence[Picture]) -> dict[str, Any]:
        """The third version's view of a batch: each score is the mean of its pictures'."""
        now = self._clock.now()
        ended = all(picture.ended(now) for picture in pictures)
        told: dict[str, Any] = {"all_algorithms_calculated": ended, "note": NOTE}
        found = [picture for picture in pictures if picture.findings is not None]
        done = [name for name in APPLICATIONS if found and all(name in picture.ready(now) for picture in found)]
        if done:
            names = [name for application in done for name in APPLICATIONS[application]]
            told["parameters"] = {name: self._parameter(name, found) for name in names}
        return told

    def event(self, subject: Subject, batch: Batch, picture: Picture, application: str) -> dict[str, Any]:
        """What a webhook is told when an application has computed a picture; only `images` is documented."""
        return {
            "company_id": self._company["id"],
            "dataset_id": self._dataset["id"],
            "subject_id": subject.id,
            "image_batch_id": batch.id,
            "image_id": picture.id,
            "application_name": application,
            "application_description": NOTE,
            "results": picture.results(application),
            "images": {"original": {"signed_url": self._link(picture.key)}},
        }

    def _parameter(self, name: str, pictures: Sequence[Picture]) -> dict[str, Any]:
        findings = [(picture, picture.findings) for picture in pictures if picture.findings is not None]
        scores = [found.scores[name] for _, found in findings]
        masks = {
            picture.side: {"original": self._link(picture.map_key(name))}
            for picture, found in findings
            if name in found.maps
        }
        told: dict[str, Any] = {"score": round(sum(scores) / len(scores), 2)}
        return {**told, "masks": masks} if masks else told

    def _link(self, key: str) -> str:
        return self._bucket.get_url(key, _LINK_SECONDS)


def authorised(webhook: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The URL that a webhook's call goes to, and the headers by which it is known."""
    url, key, value = webhook["url"], webhook["authorization_key"], webhook["authorization_value"]
    match webhook["authorization"]:
        case "query":
            joint = "&" if urlsplit(url).query else "?"
            return f"{url}{joint}{quote(key, safe='')}={quote(value, safe='')}", {}
        case "basic":
            pair = base64.b64encode(f"{key}:{value}".encode()).decode()
            return url, {"Authorization": f"Basic {pair}"}
        case _:
            return url, {"Authorization": f"Bearer {value}"}
