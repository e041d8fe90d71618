'use strict';

// Near miss: the library that can parse forms is loaded, but only its formatter is called.
const fs = require('fs');
const { describeOrder } = require('@acme/order-kit');

const orders = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
for (const order of orders) {
  console.log(describeOrder(order));
}
