"""Header handling without any network."""

from requests.structures import CaseInsensitiveDict


def merge_headers(defaults, extra):
    """Returns the defaults overlaid with extra headers, names compared without case."""
    merged = CaseInsensitiveDict(defaults)
    merged.update(extra or {})
    return merged
