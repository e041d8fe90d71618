"""Fetches the day's prices; started by cron."""

import sys

import requests


def fetch(url):
    response = requests.get(url, timeout=10)
    response.raise_for_status()
    return response.json()


def main(argv):
    for url in argv:
        for entry in fetch(url):
            print(entry["sku"], entry["price"], sep="\t")


if __name__ == "__main__":
    main(sys.argv[1:])
