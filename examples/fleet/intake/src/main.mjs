// Partners post their orders as forms; two internal libraries lie between this file and the parser.
import http from 'node:http';
import { OrderReader } from '@acme/order-kit';

const reader = new OrderReader('EUR');

const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const order = reader.read(body);
    response.end(JSON.stringify(order));
  });
});

server.listen(8080);
