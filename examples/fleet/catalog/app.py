"""Product pages, filled from the supplier's service."""

from flask import Flask, jsonify

import acme_http

app = Flask(__name__)
SUPPLIER = "https://supplier.example"


@app.route("/products/<sku>")
def product(sku):
    document = acme_http.fetch_json(SUPPLIER, "/products/" + sku)
    return jsonify(name=document["name"], price=document["price"])


@app.route("/health")
def health():
    return "ok"


if __name__ == "__main__":
    app.run()
