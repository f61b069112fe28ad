import { readFileSync } from 'node:fs';
import { call, expectOk } from './http';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Who the program is: by the keys that it was given, or by what AWS puts into pods (Pod Identity, IRSA). */
export async function credentials(region: string, env: Environment = process.env): Promise<AwsCredentials> {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, sessionToken };
  if (env.AWS_CONTAINER_CREDENTIALS_FULL_URI) return podIdentity(env.AWS_CONTAINER_CREDENTIALS_FULL_URI, env);
  if (env.AWS_ROLE_ARN) return webIdentity(region, env.AWS_ROLE_ARN, env);
  throw new Error('no credentials: name a Secret (secretName), or give the ServiceAccount an identity');
}

const token = (file: string | undefined) => (file ? readFileSync(file, 'utf8').trim() : '');

async function podIdentity(url: string, env: Environment): Promise<AwsCredentials> {
  const headers = { authorization: token(env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE) };
  const { AccessKeyId, SecretAccessKey, Token } = expectOk(await call({ url, headers }), 'ask for the pod identity');
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
}

async function webIdentity(region: string, role: string, env: Environment): Promise<AwsCredentials> {
  const query = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: 'vault-backup',
    WebIdentityToken: token(env.AWS_WEB_IDENTITY_TOKEN_FILE),
  });
  const url = env.AWS_ENDPOINT_URL_STS ?? `https://sts.${region}.amazonaws.com/`;
  const answer = await call({
    method: 'POST',
    url,
    body: query.toString(),
    contentType: 'application/x-www-form-urlencoded',
    headers: { accept: 'application/json' },
  });
  const { AssumeRoleWithWebIdentityResponse: response } = expectOk(answer, `assume ${role}`);
  const { AccessKeyId, SecretAccessKey, SessionToken } = response.AssumeRoleWithWebIdentityResult.Credentials;
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}
