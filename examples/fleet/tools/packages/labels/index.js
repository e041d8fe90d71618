'use strict';

// The manifest still lists qs, but no code here loads it any more: present, not imported.
exports.label = function label(address) {
  return [address.name, address.street, `${address.zip} ${address.city}`].join('\n');
};
