"""Styles and scripts that stand in a page, and what its content security policy says of them."""

from __future__ import annotations

import base64
import hashlib


def hash_of(text: str) -> str:
    """Hash a style or script for the page's content security policy, by which no other one is obeyed."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
