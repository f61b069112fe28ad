import { type Kubectl, type KubeObject, NO_KIND } from '../cluster/kubectl';
import { COMPONENT, OURS } from '../cluster/labels';
import { Failure } from '../failure';
import { AwsStore } from './aws-store';
import { type AzureObject, AzureStore } from './azure-store';
import type { SecretStore } from './store';

const ESO = 'external-secrets.io';
const CSI = 'secrets-store.csi.x-k8s.io';

/** Objects of the platform of a kind that an operator brings; none where there is no such operator. */
async function listed(kubectl: Kubectl, kinds: string, namespace: string): Promise<KubeObject[]> {
  try {
    return await kubectl.list(kinds, { namespace, selector: OURS });
  } catch (error) {
    if (NO_KIND.test((error as Error).message)) return [];
    throw error;
  }
}

/**
 * The manager of another house that a Secret comes from, if one does.
 * @param secretNames of which one is meant
 * @throws Failure - where its command line is not here, or what brings its secrets is not in the cluster yet
 */
export async function managerOf(
  kubectl: Kubectl,
  namespace: string,
  secretNames: readonly string[],
): Promise<SecretStore | undefined> {
  const external = await listed(kubectl, `externalsecrets.${ESO}`, namespace);
  const brought = external.find(({ spec }) => secretNames.includes(spec.target?.name));
  const aws = brought && (await awsOf(kubectl, brought));
  if (aws) return aws;
  for (const { spec } of await listed(kubectl, `secretproviderclasses.${CSI}`, namespace)) {
    const made = spec.secretObjects?.find(({ secretName }: KubeObject) => secretNames.includes(secretName));
    const { keyvaultName } = spec.parameters ?? {};
    if (made && keyvaultName) return AzureStore.at(keyvaultName, made.data as AzureObject[]);
  }
  if (external.length === 0) await expectNoneComing(kubectl, namespace);
  return undefined;
}

async function awsOf(kubectl: Kubectl, { metadata, spec }: KubeObject): Promise<SecretStore | undefined> {
  const name = spec.secretStoreRef?.name;
  const store = name && (await kubectl.find(`secretstores.${ESO}`, name, metadata.namespace));
  const aws = store?.spec.provider.aws;
  const key = spec.dataFrom?.[0]?.extract?.key;
  return aws && key && AwsStore.at(`${aws.prefix ?? ''}${key}`, aws.region);
}

/** @throws Failure - where AWS is read by a ServiceAccount that is there already, and by nothing else yet */
async function expectNoneComing(kubectl: Kubectl, namespace: string): Promise<void> {
  const selector = `${OURS},${COMPONENT}=secret-delivery,app.kubernetes.io/name=aws-secrets`;
  const accounts = await kubectl.list('serviceaccounts', { namespace, selector });
  if (accounts.length > 0)
    throw new Failure(
      'environments have their secrets from AWS Secrets Manager, and what says which is not in the cluster yet: run sandboxctl up once the External Secrets Operator is there; nothing is changed',
    );
}
