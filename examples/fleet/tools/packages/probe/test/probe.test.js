'use strict';

// Only the test suite parses a query string: imported and called by tests, never in production.
const assert = require('assert');
const qs = require('qs');

describe('probe', function () {
  it('asks with a query', function () {
    assert.deepStrictEqual(qs.parse('deep[er]=1'), { deep: { er: '1' } });
  });
});
