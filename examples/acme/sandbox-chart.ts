import {
  CertificateAuthority,
  configure,
  DevEnvStatefulSet,
  PlatformNamespace,
  VaultCluster,
} from 'agent-sandbox-platform';
import { ApiObject, Chart, JsonPatch } from 'cdk8s';
import type { Construct } from 'constructs';

const NAMESPACES = ['acme-bootstrap', 'acme-vault', 'acme-sandboxes'] as const;

/** Acme's Vault and the environments of its research team, beside whatever else the chart holds. */
export class SandboxChart extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id, { disableResourceNameHashes: true });
    const [bootstrap, vaultNamespace, sandboxes] = NAMESPACES;
    // A label and a registry that everything below has in common.
    configure(this, {
      labels: { 'acme.example/cost-centre': 'research' },
      registry: 'registry.acme.example/mirror',
      bootstrapImage: 'acme/devenv:2.4.0',
    });
    for (const name of NAMESPACES) new PlatformNamespace(this, name, { name });

    const authority = new CertificateAuthority(this, 'authority', { namespace: bootstrap });
    const vault = new VaultCluster(this, 'vault', {
      namespace: vaultNamespace,
      bootstrapNamespace: bootstrap,
      replicas: 3,
      authority,
    });
    vault.ssh.publishTo(sandboxes);

    const research = new DevEnvStatefulSet(this, 'research', {
      namespace: sandboxes,
      name: 'research',
      replicas: 2,
      image: 'acme/devenv:2.4.0',
      sshKeys: [
        'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPdPs7T1uBQAuAF3Ks6qvGZbfYiGYZhuuq2PSRUAWPlk research@acme.example',
      ],
    });
    // Any field of any object, whether a prop covers it or not.
    const statefulSet = research.node.findChild('stateful-set') as ApiObject;
    statefulSet.addJsonPatch(JsonPatch.add('/spec/minReadySeconds', 10));
    ApiObject.of(statefulSet).metadata.addLabel('acme.example/team', 'research');
  }
}
