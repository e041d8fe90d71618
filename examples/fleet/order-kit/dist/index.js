'use strict';
Object.defineProperty(exports, '__esModule', { value: true });
exports.OrderReader = exports.describeOrder = void 0;

const form_kit_1 = require('@acme/form-kit');

class OrderReader {
  constructor(currency) {
    this.currency = currency;
  }

  read(text) {
    const fields = (0, form_kit_1.parseForm)(text);
    return { currency: this.currency, customer: fields.customer, lines: fields.lines || [] };
  }
}
exports.OrderReader = OrderReader;

function describeOrder(order) {
  return `${order.customer}: ${order.lines.length} lines in ${order.currency}`;
}
exports.describeOrder = describeOrder;
