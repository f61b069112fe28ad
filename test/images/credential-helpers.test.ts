import { describeWith } from '../helpers/programs';
import { delivered, removeDelivered } from './delivered';

afterAll(removeDelivered);

describe('devenv-run', () => {
  const secrets = delivered({ langfuse_host: 'h', aws_access_key_id: 'a', 'ca.crt': 'x' });

  test('gives a program the variables', () => {
    expect(secrets.run(['devenv-run', 'printenv', 'LANGFUSE_HOST'])).toBe('h\n');
    expect(() => secrets.run(['devenv-run', 'printenv', 'AWS_ACCESS_KEY_ID'])).toThrow();
  });

  test('gives it what helpers hand on, if told to', () => {
    expect(secrets.run(['devenv-run', '--all', 'printenv', 'LANGFUSE_HOST', 'AWS_ACCESS_KEY_ID'])).toBe('h\na\n');
  });

  test('keeps words and exit status, and wants a command', () => {
    expect(secrets.run(['devenv-run', 'printf', '[%s]', 'a b', '$X', ''])).toBe('[a b][$X][]');
    expect(() => secrets.run(['devenv-run', 'sh', '-c', 'exit 7'])).toThrow(expect.objectContaining({ status: 7 }));
    expect(() => secrets.run(['devenv-run'])).toThrow('usage: devenv-run');
  });
});

describeWith(['git'], "git's helper", () => {
  const secrets = delivered({ github_token: 'ghp_one' });
  const fill = (request: string) =>
    secrets.run(['git', '-c', `credential.helper=${secrets.scripts}/git-credential-devenv`, 'credential', 'fill'], {
      input: `${request}\n\n`,
      env: { GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1' },
    });

  test.each(['github.com', 'gist.github.com', 'acme.ghe.com'])('answers for %s, today', (host) => {
    secrets.put({ github_token: 'ghp_one' });
    expect(fill(`protocol=https\nhost=${host}`)).toContain('username=x-access-token\npassword=ghp_one\n');
    secrets.put({ github_token: 'ghp_two\n' });
    expect(fill(`protocol=https\nhost=${host}\nusername=octo`)).toContain('username=octo\npassword=ghp_two\n');
  });

  // SECURITY.md: "git's helper hands GITHUB_TOKEN to GitHub and to no other host."
  test.each([
    'protocol=https\nhost=example.com',
    'protocol=http\nhost=github.com',
    'protocol=https\nhost=github.com.example.com',
    'protocol=https\nhost=notgithub.com',
    'protocol=https\nhost=ghe.com.example.com',
    'protocol=https\nhost=example.com\npath=github.com',
  ])('tells nobody else: %j', (request) => {
    secrets.put({ github_token: 'ghp_one' });
    expect(() => fill(request)).toThrow(/terminal prompts disabled/);
    expect(secrets.run(['git-credential-devenv', 'get'], { input: `${request}\n\n` })).toBe('');
  });

  test('has nothing to say without a token, and keeps none', () => {
    const request = { input: 'protocol=https\nhost=github.com\npassword=p\n\n' };
    secrets.put({});
    expect(secrets.run(['git-credential-devenv', 'get'], request)).toBe('');
    for (const action of ['store', 'erase']) expect(secrets.run(['git-credential-devenv', action])).toBe('');
  });

  test('refuses a token that would be more lines than one', () => {
    secrets.put({ github_token: 'a\nquit=1' });
    expect(() =>
      secrets.run(['git-credential-devenv', 'get'], { input: 'protocol=https\nhost=github.com\n\n' }),
    ).toThrow('GITHUB_TOKEN has more than one line');
  });
});

describeWith(['jq'], "AWS's credential_process", () => {
  const secrets = delivered();
  const answer = () => JSON.parse(secrets.run(['aws-credentials-devenv']));
  const pair = { aws_access_key_id: 'AKIA', AWS_SECRET_ACCESS_KEY: 'a/+"\\=' };

  test('answers what it is asked for, of one minute', () => {
    secrets.put({ ...pair, aws_session_token: 'session' });
    // The script has no fractions of a second.
    const before = Math.floor(Date.now() / 1000);
    const { Expiration, ...rest } = answer();
    const after = Date.now() / 1000;
    expect(rest).toEqual({ Version: 1, AccessKeyId: 'AKIA', SecretAccessKey: 'a/+"\\=', SessionToken: 'session' });
    const asked = Date.parse(Expiration) / 1000 - 60;
    expect(asked).toBeGreaterThanOrEqual(before);
    expect(asked).toBeLessThanOrEqual(after);
  });

  test('has no session token where none is delivered', () => {
    secrets.put(pair);
    expect(answer()).not.toHaveProperty('SessionToken');
  });

  test('says which one is missing', () => {
    secrets.put({ aws_access_key_id: 'AKIA' });
    expect(answer).toThrow("aws-credentials-devenv: no AWS_SECRET_ACCESS_KEY among this environment's secrets");
  });
});

describeWith(['jq'], "Terraform's credentials helper", () => {
  const secrets = delivered();
  const token = (host: string, env?: Record<string, string>) =>
    JSON.parse(secrets.run(['terraform-credentials-devenv', 'get', host], { env })).token;

  test('answers TFE_TOKEN for its host, and a host of its own before', () => {
    secrets.put({ TFE_TOKEN: 'a"\\b', TF_TOKEN_other_example_com: 'other', tf_token_my__host_io: 'mine' });
    expect(token('app.terraform.io')).toBe('a"\\b');
    expect(token('other.example.com')).toBe('other');
    expect(token('my-host.io')).toBe('mine');
    expect(token('tfe.example.com')).toBeUndefined();
    const elsewhere = { TFE_HOSTNAME: 'tfe.example.com' };
    expect([token('tfe.example.com', elsewhere), token('app.terraform.io', elsewhere)]).toEqual(['a"\\b', undefined]);
    secrets.put({ TFE_TOKEN: 'a', TF_TOKEN_app_terraform_io: 'b' });
    expect(token('app.terraform.io')).toBe('b');
  });

  test('stores and forgets nothing, and says so', () => {
    for (const action of ['store', 'forget'])
      expect(() => secrets.run(['terraform-credentials-devenv', action, 'app.terraform.io'])).toThrow(
        'tokens are delivered',
      );
  });
});
