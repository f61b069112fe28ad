import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { TerraformElement, TerraformResource, TerraformStack, TerraformVariable, Token } from 'cdktf';
import type { Construct, Node } from 'constructs';
import type { PlatformConfig } from '../config';
import { addressOf } from './address';
import { Backend } from './backend';
import { HelmConnection } from './hcl';
import { stateOf } from './state';

/** A stack with its backend. Terraform runs in cdktf.out/stacks/NAME, so paths lead out of there. */
export class PlatformStack extends TerraformStack {
  /** The project's folder, seen from where Terraform runs. */
  static readonly PROJECT = '../../..';
  /** Where the workloads stack leaves the platform's authority for those that follow. */
  static readonly CA_FILE = `${PlatformStack.PROJECT}/.agent-sandbox/ca.crt`;
  /** Ephemeral resources, which CDKTF has no classes for, by type and name; written beside its own output. */
  readonly ephemeral: Record<string, Record<string, Record<string, unknown>>> = {};
  /** Addresses of what the state gives up and Terraform leaves alone, written in the same way. */
  readonly forgotten = new Set<string>();

  constructor(
    scope: Construct,
    readonly id: string,
    readonly config: PlatformConfig,
  ) {
    super(scope, id);
    const { terraform } = config;
    new Backend(this, terraform.backend.type, stateOf(terraform, id, PlatformStack.PROJECT));
  }

  /** Adds an ephemeral resource, whose values are never in plan or state. Returns a reference to it. */
  addEphemeral(type: string, name: string, values: Record<string, unknown>): string {
    this.ephemeral[type] = { ...this.ephemeral[type], [name]: values };
    return `ephemeral.${type}.${name}`;
  }

  /** Leaves alone what this stack made by an id, since somebody else keeps it now. */
  forget(type: string, id: string): void {
    // As CDKTF itself has it, which was the address for some time.
    const thinned = id.replace(/[^A-Za-z0-9_-]/g, '');
    for (const name of [thinned, addressOf(id, thinned)]) this.forgotten.add(`${type}.${name}`);
  }

  /** Adds the provider that reads the cluster. */
  useKubernetes(): void {
    new KubernetesProvider(this, 'kubernetes', this.connection());
  }

  /** Adds the provider that releases charts. */
  useHelm(): void {
    new HelmConnection(this, 'helm', { kubernetes: this.connection() });
  }

  /** Providers come from where the configuration says, whichever resource brought them. */
  override prepareStack(): void {
    super.prepareStack();
    for (const provider of this.allProviders()) {
      const terraformProviderSource = `${this.config.terraform.providerSource}/${provider.terraformResourceType}`;
      Object.assign(provider, { terraformProviderSource });
    }
    this.moveRenamed();
  }

  /** Terraform knows moves since 1.5, and runs later: CDKTF would look for its program where there may be none. */
  override hasResourceMove(): boolean {
    return false;
  }

  /** CDKTF drops what no address may have, and writes what falls together as one. */
  protected override allocateLogicalId(element: TerraformElement | Node): string {
    const thinned = super.allocateLogicalId(element);
    const node = TerraformElement.isTerraformElement(element) ? element.node : element;
    return node.scope === this ? addressOf(node.id, thinned) : thinned;
  }

  /** Objects whose address was one that lost characters keep what they are: made anew, one would end the other of its name. */
  private moveRenamed(): void {
    const resources = this.node.findAll().filter((item) => TerraformResource.isTerraformResource(item));
    const places = resources.map((resource) => ({
      resource,
      is: `${resource.terraformResourceType}.${resource.friendlyUniqueId}`,
      was: `${resource.terraformResourceType}.${super.allocateLogicalId(resource)}`,
    }));
    const claims = new Map<string, number>();
    for (const place of places.flatMap(({ is, was }) => [...new Set([is, was])]))
      claims.set(place, (claims.get(place) ?? 0) + 1);
    for (const { resource, is, was } of places) if (is !== was && claims.get(was) === 1) resource.moveFromId(was);
  }

  private connection() {
    const variable =
      (this.node.tryFindChild('kubeconfig') as TerraformVariable | undefined) ??
      new TerraformVariable(this, 'kubeconfig', {
        type: 'string',
        default: '~/.kube/config',
        description: 'Path of the kubeconfig of the cluster; several, with commas between, are merged as kubectl does',
      });
    const { fqn } = variable;
    // One is no list of one: beside a list, providers read what KUBE_CONFIG_PATH says.
    const either = (several: string, one: string) => `\${strcontains(${fqn}, ",") ? ${several} : ${one}}`;
    return {
      configPath: either('null', fqn),
      configPaths: Token.asList(either(`split(",", ${fqn})`, 'null')),
      configContext: this.config.terraform.kubeContext,
    };
  }
}
