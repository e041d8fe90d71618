'use strict';

const assert = require('assert');
const orders = require('../src/orders');

describe('orders', function () {
  it('lists by customer', function () {
    orders.place({ customer: 'a' });
    assert.strictEqual(orders.list('a').length, 1);
  });
});
