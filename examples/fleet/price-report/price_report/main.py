"""Nightly price report.

Near miss: requests is here only for its case-insensitive dictionary; nothing is fetched.
"""

import csv
import sys

from requests.structures import CaseInsensitiveDict


def read_prices(path):
    prices = CaseInsensitiveDict()
    with open(path, newline="") as handle:
        for row in csv.DictReader(handle):
            prices[row["sku"]] = float(row["price"])
    return prices


def run():
    for sku, price in sorted(read_prices(sys.argv[1]).items()):
        print(f"{sku}\t{price:.2f}")
