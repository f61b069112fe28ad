import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { logIn, logInAsPrepared } from '../../images/bootstrap/src/boundary-api';
import { Hopeless, untilDone } from '../../images/bootstrap/src/program';

describe('a login of boundary-bootstrap', () => {
  const answers: number[] = [];
  const asked: string[] = [];
  let server: Server;
  let boundary = '';

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(answers.shift() ?? 500).end(JSON.stringify({ attributes: { token: 'at_1' } }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    boundary = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());
  beforeEach(() => {
    answers.length = 0;
    asked.length = 0;
  });

  // Any file will do for an authority that nobody is asked to show.
  const servers = () => ({ boundary, caFile: __filename, vault: '', role: '' });
  const once = () => logInAsPrepared(servers(), 'ampw_1', 'terraform', 'its own');

  test.each([401, 403, 404])('that another database answers with %i ends the waiting', async (status) => {
    answers.push(status, 200);
    await expect(untilDone(once)).rejects.toThrow(Hopeless);
    expect(asked).toEqual(['POST /v1/auth-methods/ampw_1:authenticate']);
    answers.splice(0, 1, status);
    await expect(once()).rejects.toThrow(
      /^POST auth-methods\/ampw_1:authenticate: Boundary knows no such login: .* of another database, .* prepared anew$/,
    );
  });

  test('that finds no controller, or one that starts, may be tried again', async () => {
    answers.push(503);
    await expect(once()).rejects.not.toThrow(Hopeless);
    await expect(logInAsPrepared({ ...servers(), boundary: 'http://127.0.0.1:1' }, '', '', '')).rejects.not.toThrow(
      Hopeless,
    );
  });

  test('that was let in is no stranger where something is missing or refused', async () => {
    answers.push(200, 404, 403);
    const api = await logIn(servers(), 'ampw_1', 'terraform', 'its own');
    await expect(api('GET', 'scopes/p_1')).rejects.toThrow('GET scopes/p_1: status 404');
    await expect(api('GET', 'scopes/p_1')).rejects.toThrow('GET scopes/p_1: status 403');
  });
});
