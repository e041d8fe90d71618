'use strict';

const placed = [];

function list(customer) {
  return placed.filter((order) => !customer || order.customer === customer);
}

function place(form) {
  const order = { customer: form.customer, lines: form.lines || [] };
  placed.push(order);
  return order;
}

module.exports = { list, place };
