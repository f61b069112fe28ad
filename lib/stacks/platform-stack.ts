import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import {
  CloudBackend,
  LocalBackend,
  NamedCloudWorkspace,
  NamedRemoteWorkspace,
  RemoteBackend,
  S3Backend,
  TerraformStack,
  TerraformVariable,
} from 'cdktf';
import type { Construct } from 'constructs';
import type { PlatformConfig } from '../config';
import { KubernetesBackend } from './kubernetes-backend';

type Backend = PlatformConfig['terraform']['backend'];

/** A stack with its backend. Terraform runs in cdktf.out/stacks/NAME, so paths lead out of there. */
export class PlatformStack extends TerraformStack {
  /** The project's folder, seen from where Terraform runs. */
  static readonly PROJECT = '../../..';
  /** Where the workloads stack leaves the platform's authority for those that follow. */
  static readonly CA_FILE = `${PlatformStack.PROJECT}/.agent-sandbox/ca.crt`;
  /** Blocks that CDKTF has no classes for, by type and name; written beside its own output. */
  readonly extraBlocks: Record<string, Record<string, Record<string, unknown>>> = {};

  constructor(
    scope: Construct,
    readonly id: string,
    readonly config: PlatformConfig,
  ) {
    super(scope, id);
    makeBackend(this, config.terraform.backend, id);
  }

  /** Adds an ephemeral resource, whose values are never in plan or state. Returns a reference to it. */
  addEphemeral(type: string, name: string, values: Record<string, unknown>): string {
    this.extraBlocks[type] = { ...this.extraBlocks[type], [name]: values };
    return `ephemeral.${type}.${name}`;
  }

  /** Adds the provider that reads the cluster. */
  useKubernetes(): void {
    new KubernetesProvider(this, 'kubernetes', this.connection());
  }

  /** Adds the provider that releases charts. */
  useHelm(): void {
    new HelmProvider(this, 'helm', { kubernetes: this.connection() });
  }

  private connection() {
    const variable =
      (this.node.tryFindChild('kubeconfig') as TerraformVariable | undefined) ??
      new TerraformVariable(this, 'kubeconfig', {
        type: 'string',
        default: '~/.kube/config',
        description: 'Path of the kubeconfig of the cluster',
      });
    return { configPath: variable.stringValue, configContext: this.config.terraform.kubeContext };
  }
}

const BACKENDS: Record<Backend['type'], (stack: TerraformStack, config: Backend['config'], id: string) => unknown> = {
  local: (stack, config, id) =>
    new LocalBackend(stack, { path: `${PlatformStack.PROJECT}/terraform.${id}.tfstate`, ...config }),
  kubernetes: (stack, config, id) => new KubernetesBackend(stack, config, id),
  s3: (stack, config, id) =>
    new S3Backend(stack, { ...(config as { bucket: string }), key: `${config.key ?? 'agent-sandbox'}/${id}.tfstate` }),
  remote: (stack, { hostname, organization, workspace }, id) =>
    new RemoteBackend(stack, {
      hostname: hostname as string,
      organization: organization as string,
      workspaces: new NamedRemoteWorkspace(`${workspace ?? 'agent-sandbox'}-${id}`),
    }),
  cloud: (stack, { hostname, organization, workspace }, id) =>
    new CloudBackend(stack, {
      hostname: hostname as string,
      organization: organization as string,
      workspaces: new NamedCloudWorkspace(`${workspace ?? 'agent-sandbox'}-${id}`),
    }),
};

function makeBackend(stack: TerraformStack, { type, config }: Backend, id: string): void {
  BACKENDS[type](stack, config, id);
}
