"""HTTP with our timeouts and headers."""

from .client import Client, fetch_json
from .headers import merge_headers

__all__ = ["Client", "fetch_json", "merge_headers"]
