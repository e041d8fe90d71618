"""Collects release notes. Its requirements are not locked, so an answer about it is incomplete."""

import requests


def notes(url):
    return requests.get(url, timeout=10).text
