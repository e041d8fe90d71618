"""A thin client over requests."""

import requests

from .headers import merge_headers

TIMEOUT = 5.0


class Client:
    """Keeps a base address and default headers."""

    def __init__(self, base, headers=None):
        self.base = base
        self.headers = merge_headers({"Accept": "application/json"}, headers)

    def get(self, path):
        return requests.get(self.base + path, headers=self.headers, timeout=TIMEOUT)


def fetch_json(base, path):
    """Fetches one document."""
    return Client(base).get(path).json()
