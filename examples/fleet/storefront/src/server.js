'use strict';

// Order pages of the shop: a form is posted, an order is placed.
const express = require('express');
const orders = require('./orders');

const app = express();
app.use(express.urlencoded({ extended: true }));

app.get('/orders', function listOrders(req, res) {
  res.json(orders.list(req.query.customer));
});

app.post('/orders', function placeOrder(req, res) {
  res.status(201).json(orders.place(req.body));
});

app.listen(process.env.PORT || 3000);
