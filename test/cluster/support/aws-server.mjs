// A test server: the parts of AWS's STS and Secrets Manager that a reader with a role of a ServiceAccount asks for, and a
// person who writes. It takes tokens as they are and checks no signature: that is AWS's part.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const [port = '8080', role = '', subject = '', prefix = ''] = process.argv.slice(2);
const AUDIENCE = 'sts.amazonaws.com';
/** Of each the values of its versions, and which version each label is at. */
const secrets = new Map();
const CURRENT = 'AWSCURRENT';
/** Who may read: a person by a key of one's own, and whoever took the role. */
const WRITER = 'AKIAWRITER';
const sessions = new Set([WRITER]);

const xml = (body) => ({ type: 'text/xml', text: body });
const json = (body) => ({ type: 'application/x-amz-json-1.1', text: JSON.stringify(body) });
const DENIED = [
  403,
  xml('<ErrorResponse><Error><Code>AccessDenied</Code><Message>not this one</Message></Error></ErrorResponse>'),
];

function assume(form) {
  const [, claims = ''] = (form.get('WebIdentityToken') ?? '').split('.');
  const { sub, aud } = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}');
  if (form.get('RoleArn') !== role || sub !== subject || !aud?.includes(AUDIENCE)) return DENIED;
  const id = `ASIA${sessions.size}`;
  sessions.add(id);
  const end = new Date(Date.now() + 900_000).toISOString();
  const credentials = `<AccessKeyId>${id}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${end}</Expiration>`;
  const result = `<AssumeRoleWithWebIdentityResult><Credentials>${credentials}</Credentials></AssumeRoleWithWebIdentityResult>`;
  return [200, xml(`<AssumeRoleWithWebIdentityResponse>${result}</AssumeRoleWithWebIdentityResponse>`)];
}

function value(session, { SecretId }) {
  // As the policy of the role would say.
  if (!sessions.has(session) || !SecretId.startsWith(prefix)) return [400, json({ __type: 'AccessDeniedException' })];
  if (!secrets.has(SecretId)) return [400, json({ __type: 'ResourceNotFoundException' })];
  const { versions, labels } = secrets.get(SecretId);
  const VersionId = labels.get(CURRENT);
  return [200, json({ Name: SecretId, VersionId, SecretString: versions.get(VersionId) })];
}

function put(name, text, id, stages) {
  const { versions, labels } = secrets.get(name) ?? { versions: new Map(), labels: new Map() };
  versions.set(id, text);
  for (const stage of stages) labels.set(stage, id);
  secrets.set(name, { versions, labels });
}

function write(session, { SecretId, Name, SecretString, ClientRequestToken, VersionStages = [CURRENT] }, isNew) {
  const name = Name ?? SecretId;
  if (session !== WRITER) return [400, json({ __type: 'AccessDeniedException' })];
  if (secrets.has(name) === isNew)
    return [400, json({ __type: isNew ? 'ResourceExistsException' : 'ResourceNotFoundException' })];
  put(name, SecretString, ClientRequestToken, VersionStages);
  return [200, json({ Name: name, VersionId: ClientRequestToken })];
}

function move(session, { SecretId, VersionStage, MoveToVersionId, RemoveFromVersionId }) {
  if (session !== WRITER) return [400, json({ __type: 'AccessDeniedException' })];
  const { versions, labels } = secrets.get(SecretId);
  if (!versions.has(MoveToVersionId) || labels.get(VersionStage) !== RemoveFromVersionId)
    return [400, json({ __type: 'InvalidParameterException' })];
  labels.set(VersionStage, MoveToVersionId);
  return [200, json({ Name: SecretId })];
}

function answer({ url, headers }, body) {
  if (url === '/put') {
    for (const [name, fields] of Object.entries(JSON.parse(body)))
      fields ? put(name, JSON.stringify(fields), randomUUID(), [CURRENT]) : secrets.delete(name);
    return [200, json({})];
  }
  const target = headers['x-amz-target'];
  const session = /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1];
  if (target === 'secretsmanager.GetSecretValue') return value(session, JSON.parse(body));
  if (target === 'secretsmanager.UpdateSecretVersionStage') return move(session, JSON.parse(body));
  const [, writing] = /^secretsmanager\.(PutSecretValue|CreateSecret)$/.exec(target ?? '') ?? [];
  if (writing) return write(session, JSON.parse(body), writing === 'CreateSecret');
  const form = new URLSearchParams(body);
  if (form.get('Action') === 'AssumeRoleWithWebIdentity') return assume(form);
  return [404, json({ __type: `no ${target ?? url}` })];
}

createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const [status, { type, text }] = answer(request, body);
  console.log(status, request.method, request.url, request.headers['x-amz-target'] ?? '', status === 200 ? '' : text);
  response.writeHead(status, { 'content-type': type }).end(text);
}).listen(Number(port), () => console.log('listening'));
