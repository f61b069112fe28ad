import { type Rule, rulesIn } from '../../helpers/vault-rights';
import { find, kubectl } from './kubectl';
import { vault } from './vault';

interface Role {
  readonly name: string;
  readonly policies: readonly string[];
  readonly capabilities: (paths: readonly string[]) => Promise<Record<string, string[]>>;
}

const json = async (args: string, token: string, input?: string) => {
  const { code, stdout, stderr } = await vault(args, token, 'vault-0', input);
  if (code !== 0) throw new Error(`vault ${args}: ${stderr}`);
  return JSON.parse(stdout);
};

/** What a policy lets do, without what it makes of a token's own identity; nothing where a role names one that is not there. */
export async function rulesOf(policy: string, token: string): Promise<Rule[]> {
  if (!(await json('list -format=json sys/policies/acl', token)).includes(policy)) return [];
  return rulesIn((await json(`read -format=json sys/policies/acl/${policy}`, token)).data.policy);
}

/** Logs in as a role's own ServiceAccount. @throws where there is none: nobody would know what the role lets do */
async function login(name: string, token: string): Promise<Role> {
  const { data } = await json(`read -format=json auth/kubernetes/role/${name}`, token);
  const [account, namespace] = [data.bound_service_account_names[0], data.bound_service_account_namespaces[0]];
  if (!(await find('serviceaccount', namespace, account)))
    throw new Error(`role ${name} of Vault is for the ServiceAccount ${namespace}/${account}, which is not there`);
  const jwt = await kubectl(['create', 'token', account, '-n', namespace, '--audience', data.audience]);
  const { auth } = await json(`write -format=json auth/kubernetes/login role=${name} jwt=-`, '', jwt.trim());
  return {
    name,
    policies: [...(data.token_no_default_policy ? [] : ['default']), ...data.token_policies],
    // Without the default policy, one may not even ask what one may do.
    capabilities: async (paths) => {
      const asked = JSON.stringify({ token: auth.client_token, paths });
      return (await json('write -format=json sys/capabilities -', token, asked)).data;
    },
  };
}

/** Every role that a ServiceAccount can have, each logged in. */
export async function everyRole(token: string): Promise<Role[]> {
  const names: string[] = await json('list -format=json auth/kubernetes/role', token);
  return Promise.all(names.map((name) => login(name, token)));
}
