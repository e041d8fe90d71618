'use strict';

exports.parseForm = require('./lib/parse-form').parseForm;
exports.formatForm = require('./lib/format-form').formatForm;
