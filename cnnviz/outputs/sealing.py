"""Pages that tell by themselves whether they are whole, and of which outputs: a hash in their last line."""

from __future__ import annotations

import hashlib

_END = b"</html>"


def seal(page: bytes, digest: str) -> bytes:
    """Put a hash of a page before its end.

    Args:
        page: HTML.
        digest: That of the report that it goes with.
    """
    head, end, tail = page.rpartition(_END)
    return head + _comment(head, digest) + end + tail


def is_sealed(page: bytes, digest: str) -> bool:
    """Whether a page is as it was sealed, for the same report.

    Args:
        page: What was found.
        digest: That of the report.
    """
    head, end, tail = page.rpartition(_END)
    comment = _comment(b"", digest)
    body = head[: -len(comment)]
    return bool(end) and not tail.strip() and head == body + _comment(body, digest)


def _comment(head: bytes, digest: str) -> bytes:
    found = hashlib.sha256(head)
    found.update(digest.encode())
    return f"<!-- sha256 {found.hexdigest()} -->\n".encode()
