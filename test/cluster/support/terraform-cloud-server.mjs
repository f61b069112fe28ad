// A test server: the part of Terraform Cloud's API that makes and revokes tokens, and a journal of what was asked of it.
import { createServer } from 'node:http';

const [port = '8080', engineToken = 'engine-token'] = process.argv.slice(2);
const journal = [];
const tokens = new Map();
let made = 0;

const make = (owner) => {
  // Never an id that was there before: its lease may be about to be revoked.
  made += 1;
  const id = `at-${made}`;
  tokens.set(id, { id, owner });
  journal.push({ made: id, owner });
  const attributes = { token: `${id}.atlasv1.test`, 'created-at': new Date().toISOString() };
  return [201, { data: { id, type: 'authentication-tokens', attributes } }];
};
const revoke = (id) => {
  if (!tokens.delete(id)) return [404, { errors: [{ status: '404', title: 'not found' }] }];
  journal.push({ revoked: id });
  return [204];
};

const ROUTES = [
  ['GET', /^\/api\/v2\/ping$/, () => [204]],
  ['GET', /^\/api\/v2\/organizations\/([^/]+)$/, (name) => [200, { data: { id: name, type: 'organizations' } }]],
  ['POST', /^\/api\/v2\/organizations\/([^/]+)\/authentication-token$/, make],
  ['POST', /^\/api\/v2\/(?:teams|users)\/([^/]+)\/authentication-tokens$/, make],
  ['DELETE', /^\/api\/v2\/authentication-tokens\/([^/]+)$/, revoke],
];

function answer({ method, url, headers }) {
  if (url === '/journal') return [200, journal];
  if (headers.authorization !== `Bearer ${engineToken}`) return [401, { errors: [{ status: '401' }] }];
  for (const [verb, path, handle] of ROUTES) {
    const match = verb === method && path.exec(url);
    if (match) return handle(match[1]);
  }
  return [404, { errors: [{ status: '404', title: `no ${method} ${url}` }] }];
}

createServer((request, response) => {
  request.resume().on('end', () => {
    const [status, body] = answer(request);
    response.writeHead(status, { 'content-type': 'application/vnd.api+json', 'tfp-api-version': '2.6' });
    response.end(body && JSON.stringify(body));
  });
}).listen(Number(port), () => console.log('listening'));
