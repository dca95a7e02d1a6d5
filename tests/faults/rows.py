"""The faults that safelight is to survive, and what it does about each: the rows of docs/reliability.md."""

from __future__ import annotations

import attrs


@attrs.frozen
class Row:
    """One fault.

    Attributes:
        key: What tests name it by, as in `@pytest.mark.fault(7)`.
        fault: What goes wrong.
        answer: What safelight does about it.
    """

    key: int | str
    fault: str
    answer: str


FAULTS = [
    Row(
        1,
        "A connection is reset or closed in the middle of a part",
        "That part alone is sent again, from its first byte",
    ),
    Row(
        2,
        "408, 429, 500, 502, 503, 504",
        "Asked again a bounded number of times, after random pauses below a bound that doubles; Retry-After counts, as "
        "seconds and as a date; a store's is cut to two minutes, a service's must fit into the request's timeout",
    ),
    Row(
        3,
        "The reply to a request that costs money, or creates something, is lost",
        "Never sent again blindly: the same id, or a look at the list or the storage, or `OutcomeUnknown`",
    ),
    Row(
        4,
        "A signed URL has expired (403, or 400 at Google)",
        "A fresh URL for that part, with a bound and a counter of its own; URLs are made just in time",
    ),
    Row(5, "A signed URL dies early, with the credentials that signed it", "As with one that has expired"),
    Row(
        6,
        "An ETag is missing, weak, or no MD5",
        "Missing is an error; else it is passed on as it is, and compared only if it is an MD5 of the bytes",
    ),
    Row(7, "A part arrives changed", "Sent again, and after three times an `IntegrityError`"),
    Row(
        8,
        "A file changes while it is sent",
        "Noticed by size, time and inode before and after each part, and `FileChanged`, also in a later process",
    ),
    Row(9, "A file shrinks or grows while it is sent", "`FileChanged` at once, without another try"),
    Row(10, "kill -9 during an upload", "The next call goes on: only what was in flight is sent again"),
    Row(
        11,
        "kill -9, or a lost reply, while the upload is completed",
        "Completed once; what is completed counts as done",
    ),
    Row(12, "The store no longer knows the upload", "A new upload, and a warning that says so"),
    Row(13, "401 in the middle of a run", "One new token for all who wait, one replay each, then an `AuthError`"),
    Row(
        14,
        "The token endpoint fails, is slow, or sends a page",
        "Asked again; tokens are replaced a minute before they end; many requests share one token request",
    ),
    Row(
        15,
        "The clock here is wrong, or is set",
        "Waits go by a clock that is never set, times of the service by its Date header; where a storage refuses for "
        "the clock's sake, that is said. Not done: Azure's addresses begin to hold at once, as obstore signs them, and "
        "not 15 minutes earlier",
    ),
    Row(
        16,
        "A download breaks off, or is not what was asked for",
        "Into `NAME.part`, on with Range and If-Range, all anew where the store sends all; size and checksum are "
        "compared before the file gets its name",
    ),
    Row(17, "Silence, or a byte now and then", "A deadline for every request, a least speed for parts and downloads"),
    Row(18, "A page, or another type, with 200", "`UnexpectedReply` with the first characters, without secrets"),
    Row(19, "JSON that is cut, or holds wrong types or nulls", "`UnexpectedReply`, with what came in its `body`"),
    Row(20, "A state that nobody knows", "Waited on, and told by name in progress and in the timeout's message"),
    Row(
        21,
        "A huge body, or a small one that unpacks to a huge one",
        "Nothing packed is asked for; what a reply unpacks to has a limit, and packed downloads are refused",
    ),
    Row(22, "A redirect to another origin", "API requests follow none; no credential goes to a store, wherever it is"),
    Row(23, "307 or 308 to the PUT of a part", "Followed with the whole body, three times at the most"),
    Row(
        24,
        "A refusal comes while the part is still being sent",
        "It is reported as what it is, if the store goes on reading or ends the connection; one that does neither is "
        "silent (17)",
    ),
    Row(
        25,
        "An address that leads where it should not",
        "Files are moved by http and https only, and never from https to http. Where an address leads is for the "
        "services to look at, who fetch what their users name; the sandbox plays them on this machine, for its own "
        "user, and follows no redirect",
    ),
    Row(
        26,
        "A webhook comes twice, late, in another order, or from somebody else",
        "Handled once, for 30 days; what an end has outdated is passed over; what is not signed right is refused. No "
        "service signs a time, so there is no window of time to check",
    ),
    Row(
        27,
        "An archive of images that would hurt who unpacks it",
        "safelight makes archives of plain names without links, and unpacks none; the sandbox, which does, refuses",
    ),
    Row(
        28,
        "Files of 0 and 1 bytes, of whole parts, of 10 000 parts, of more than 5 GB",
        "An empty one is refused at once, all others arrive",
    ),
    Row(29, "Something new is not known everywhere yet", "Looked for again, for a few seconds"),
    Row(30, "The address of a result has expired", "The job is asked for another"),
    Row(31, "Out of credits, or of quota", "`OutOfCredits`: nothing more is begun, what was done is kept"),
    Row(
        32,
        "Full disk, folder that cannot be written, signals, Ctrl-C",
        "Named, with what to do; no half file, no lost journal; an exit code, and the command that goes on",
    ),
    Row(33, "A job never ends, or goes back", "`JobTimeout` with the last state; it can be waited for again"),
    Row(34, "The service's plan does not fit the file", "`UnexpectedReply` before a byte is sent"),
]

HTTPX = [
    Row("no deadline", "Timeouts begin anew with each byte", "Deadlines and least speeds of our own (17)"),
    Row("memory", "A body given as bytes stays in memory", "Bodies are read in chunks while they are sent"),
    Row("bodies", "A generator cannot be sent again", "Each attempt makes its body anew (1, 23)"),
    Row("early reply", "A refusal during the body is reported as such", "Kept so (24)"),
    Row(
        "cut json",
        "A body whose end only the connection marks may be cut unseen",
        "JSON has to be whole; a download has to say its length (16, 19)",
    ),
    Row("bomb", "1 MB of gzip becomes 1 GiB", "`Accept-Encoding: identity`, and a limit (21)"),
    Row("redirects", "X-API-KEY follows a redirect", "No API request follows one (22)"),
    Row("logs", "URLs are logged and shown whole", "Signed URLs are logged and shown without their query"),
    Row("streams", "The pool can lock up on streams that nobody closed", "Every stream is closed"),
    Row(
        "loops", "An async client belongs to one event loop", "Another loop is noticed, and has connections of its own"
    ),
    Row("tls", "Each client makes a TLS context", "All of a process share one"),
]

ROWS = {row.key: row for row in [*FAULTS, *HTTPX]}
