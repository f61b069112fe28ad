import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VaultDatabase, type VaultFacts } from '../../constructs';
import type { VaultClient } from '../../images/bootstrap/src/vault-client';
import { applySetup, type Setup } from '../../images/bootstrap/src/vault-setup';
import { writeStacks } from '../../lib/stacks/write';
import { bootstrapOf } from '../helpers/objects';
import { smallPlatform } from '../helpers/small-platform';
import { synth } from '../helpers/synth';
import { freePort, startVault, until, type VaultServer } from '../helpers/vault-server';

/** A real Vault with an engine of each kind, as its bootstrap makes them, and a server that stands for Terraform Cloud. */
export interface RealEngines {
  readonly vault: VaultServer;
  readonly setup: Setup;
  /** URL of what stands for Terraform Cloud. */
  readonly cloud: string;
  /** Writes roles as Terraform would, by the rights that Terraform has. */
  readonly writeRole: (type: string, path: (name: string) => string) => Promise<void>;
  readonly loginWith: (...policies: string[]) => Promise<VaultClient>;
  /** The login of a duty, which has a role of its name. */
  readonly loginOf: (operator: string) => Promise<VaultClient>;
  /** What Terraform Cloud was asked for. */
  readonly journal: () => Promise<object[]>;
  stop(): void;
}

const STAND_IN = join(__dirname, '../cluster/support/terraform-cloud-server.mjs');

function platformWith(cloud: string, databasePort: number) {
  return smallPlatform(({ chart, vault: cluster, devenv }) => {
    cluster.pki.grantCertificate(devenv, { secretName: 'api', dnsNames: ['api.example.com', 'b.example.com'] });
    cluster.terraformCloud({ host: cloud, teamId: 'team-1', ttl: '60s' }).grantToken(devenv);
    new VaultDatabase(chart, 'orders', {
      vault: cluster,
      name: 'orders',
      url: `postgresql://vault@127.0.0.1:${databasePort}/postgres?sslmode=disable`,
      passwordSecretName: 'orders-admin',
    }).grantUser(devenv, { secretName: 'orders', roles: ['reader'], ttl: '1m' });
  });
}

/** What Terraform writes into Vault, by kind. */
function resourcesOf(vault: VaultFacts): Record<string, Record<string, Record<string, string>>> {
  const { config, facts: others, files } = synth('profile: kind');
  const folder = mkdtempSync(join(tmpdir(), 'stacks-'));
  writeStacks({ config, facts: { ...others, vault }, files, folder });
  return JSON.parse(readFileSync(join(folder, 'stacks', 'vault', 'cdk.tf.json'), 'utf8')).resource;
}

/** @param databasePort where a PostgreSQL of this machine answers, or nobody does */
export async function startEngines(databasePort: number): Promise<RealEngines> {
  const vault = await startVault();
  const port = await freePort();
  const cloud = `http://127.0.0.1:${port}`;
  const terraformCloud = spawn('node', [STAND_IN, String(port)]);
  const journal = async () => (await fetch(`${cloud}/journal`)).json() as Promise<object[]>;
  await until(journal);
  const platform = platformWith(cloud, databasePort);
  const setup: Setup = bootstrapOf(platform.objects, 'vault-bootstrap');
  await vault.root.ask('DELETE', 'sys/mounts/secret');
  await applySetup(vault.root, setup);
  const clientOf = async (body: object) =>
    vault.root.with((await vault.root.write('auth/token/create', body)).auth.client_token);
  const loginWith = (...policies: string[]) => clientOf({ policies, no_parent: true });
  const resource = resourcesOf(platform.facts.vault);
  const terraform = await loginWith('terraform');
  return {
    ...{ vault, setup, cloud, journal, loginWith },
    writeRole: async (type, path) => {
      for (const { name, backend: _, ...role } of Object.values(resource[type]))
        await terraform.write(path(name), role);
    },
    loginOf: (operator) => {
      const [{ name, policies, noDefaultPolicy }] = setup.roles.filter((role) => role.name === operator);
      expect([policies, noDefaultPolicy]).toEqual([[name], true]);
      return clientOf({ policies, no_default_policy: true });
    },
    stop: () => {
      vault.stop();
      terraformCloud.kill();
    },
  };
}
