#!/usr/bin/env node
'use strict';

const http = require('http');

http.get(process.argv[2], (response) => {
  console.log(response.statusCode);
});
