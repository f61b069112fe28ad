import { ours, StubPlatform } from './stub-cluster';

const ENVIRONMENT = { 'app.kubernetes.io/component': 'environment' };
const environments = ours('StatefulSet', 'devenv', 'devenv');
environments.metadata.labels = { ...environments.metadata.labels, ...ENVIRONMENT };
export const NAMESPACES = [ours('Namespace', 'devenv'), ours('Namespace', 'vault')];
export const VAULT = [ours('StatefulSet', 'vault', 'vault'), ours('ConfigMap', 'vault-config', 'vault')];
export const DEVENV = [environments, ours('Service', 'devenv', 'devenv'), ours('Role', 'programs', 'devenv')];
export const CLAIM = ours('PersistentVolumeClaim', 'workspace-devenv-0', 'devenv');

/** Two parts of a platform, written and not yet deployed. */
export const platform = (cli: string) =>
  new StubPlatform(cli, {
    '00-namespaces.k8s.yaml': NAMESPACES,
    '20-vault.k8s.yaml': VAULT,
    '50-environments.k8s.yaml': DEVENV,
  });
/** The same, as `up` leaves it. */
export const standing = (cli: string) => {
  const made = platform(cli);
  made.stand(...NAMESPACES, ...VAULT, ...DEVENV, CLAIM);
  return made;
};

/** A platform that Terraform deployed. */
export function released(cli: string): StubPlatform {
  const made = platform(cli);
  made.release({ operators: ['namespaces', 'secrets-operator-kinds'], workloads: ['vault', 'environments'] });
  return made;
}

/** A state of Terraform's that knows things by their addresses. */
export const stateWith = (...addresses: string[]) =>
  JSON.stringify({
    resources: addresses.map((address) => {
      const [type, name] = address.split('.');
      return { mode: 'managed', type, name, instances: [{}] };
    }),
  });
/** A Terraform that keeps its states in files, and lets go of all that they know. */
const TERRAFORM = `echo "terraform $*" >>"$STUB_CLUSTER/asked"
state=../../../terraform.$(basename "$PWD").tfstate
case "$1" in
  state) cat "$state" ;;
  destroy) cp "$state" "$state.backup"; echo '{"resources": []}' >"$state" ;;
esac`;

/** A platform that Terraform deployed, with all that it leaves in its folder. */
export function deployed(cli: string): StubPlatform {
  const made = released(cli);
  made.stand(...NAMESPACES, ...VAULT, ...DEVENV, CLAIM);
  made.program('terraform', TERRAFORM);
  made.write('terraform.operators.tfstate', stateWith('helm_release.namespaces'));
  made.write('terraform.workloads.tfstate', stateWith('helm_release.vault', 'helm_release.environments'));
  made.write('.agent-sandbox/ca.crt', 'the authority');
  made.write('.agent-sandbox/upgrade.json', '{}');
  return made;
}
