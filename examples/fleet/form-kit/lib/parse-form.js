'use strict';

const qs = require('qs');

const LIMITS = { depth: 5, parameterLimit: 200 };

/** Parses a posted form into nested objects. */
function parseForm(text) {
  return qs.parse(String(text), LIMITS);
}

module.exports = { parseForm };
