'use strict';

const qs = require('qs');

/** Writes nested objects as a form. */
function formatForm(values) {
  return qs.stringify(values, { encode: true });
}

module.exports = { formatForm };
