'use strict';

// Near miss: only a router is built and exported. Nothing here creates an application,
// so neither the query middleware nor a body parser is ever put to work by this code.
const express = require('express');

const router = express.Router();

router.get('/health', function health(req, res) {
  res.end('ok');
});

module.exports = router;
