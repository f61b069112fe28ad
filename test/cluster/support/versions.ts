import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mayKillApiServer, TESTBED } from './control-plane';
import { find, list } from './kubectl';
import { workFile } from './platform';
import { must } from './run';
import { sandboxctl } from './stacks';

/** Path of the Vault Secrets Operator's packed chart. */
const CHART = process.env.VSO_CHART ?? '';
/** Why there can be no other tags and images here, if so. */
export const noImages = mayKillApiServer
  ? undefined
  : 'the cluster is not the testbed on this machine, which makes images';
const noChart = CHART.endsWith('.tgz') ? undefined : 'VSO_CHART names no packed chart';

/** A part of a platform that has versions of its own, and the step of an upgrade that brings another. */
export interface Versioned {
  readonly step: string;
  /** Key of platform.yaml. */
  readonly key: string;
  /** Why it cannot be tried here. */
  readonly lacking?: string;
  /** Seconds that it may take to be deployed and Ready. */
  readonly seconds: number;
  /** What it has now. */
  readonly now: () => Promise<string>;
  /** Gives another value for the key, under which the same comes. */
  readonly other: () => Promise<string>;
  /** Gives one under which nothing starts, though it can be had and run. */
  readonly broken: () => Promise<string>;
}

const imageOf = async (kind: string, namespace: string, name: string): Promise<string> =>
  (await find(kind, namespace, name)).spec.template.spec.containers[0].image;

/** Seconds that it may take to load an image into all nodes, behind others that are loaded. */
const LOADED_SEC = 300;
/** Names that were given, each once. */
const tags = new Map<string, Promise<string>>();

/** Another name of an image. */
async function tagged(image: string): Promise<string> {
  if (image.endsWith('-next')) return image.replace(/-next$/, '');
  const other = `${image}-next`;
  const given = tags.get(other) ?? must(TESTBED, ['tag', image, other], { seconds: LOADED_SEC });
  tags.set(other, given);
  await given;
  return other;
}

const NEVER_STARTS = 'agent-sandbox/never-starts:1';
/** It has what every part runs, and each of them tells its version. */
const CONTAINERFILE = `FROM debian:bookworm-slim
RUN mkdir -p /opt/keycloak/bin && cd /usr/local/bin \\
  && printf '#!/bin/sh\\n[ "$1" != --version ] || exit 0\\necho this one never starts\\nexit 1\\n' >vault && chmod 755 vault \\
  && cp vault boundary && cp vault /opt/keycloak/bin/kc.sh
`;

let made: Promise<string> | undefined;
/** An image in which everything ends at once that is to go on. */
function neverStarts(): Promise<string> {
  made ??= (async () => {
    const context = mkdtempSync(workFile('never-starts-'));
    writeFileSync(join(context, 'Containerfile'), CONTAINERFILE);
    await must(TESTBED, ['image', NEVER_STARTS, '-f', join(context, 'Containerfile'), context], {
      seconds: LOADED_SEC,
    });
    return NEVER_STARTS;
  })();
  return made;
}

/** The operator's chart as another version of it. @param edit changes its values */
async function chartAs(version: string, edit: (values: string) => string = (values) => values): Promise<string> {
  const folder = workFile(`chart-${version}`);
  mkdirSync(folder, { recursive: true });
  await must('tar', ['-xzf', CHART, '-C', folder]);
  const inChart = (name: string) => join(folder, 'vault-secrets-operator', name);
  const change = (name: string, by: (text: string) => string) =>
    writeFileSync(inChart(name), by(readFileSync(inChart(name), 'utf8')));
  change('Chart.yaml', (text) => text.replace(/^version: .*$/m, `version: ${version}`));
  change('values.yaml', edit);
  const packed = join(folder, `vault-secrets-operator-${version}.tgz`);
  await must('tar', ['-czf', packed, '-C', folder, 'vault-secrets-operator']);
  return packed;
}

/** The operator's image under a tag that nobody has. */
function withoutImage(values: string): string {
  const without = values.replace(/(repository: \S*vault-secrets-operator\n\s+tag: ).*/, '$1"0.0.0"');
  if (without === values) throw new Error('the values of the chart name the image of the operator otherwise');
  return without;
}

const operatorChart = async (): Promise<string> => {
  const [deployment] = await list('deployments', 'vault-secrets-operator-system');
  return deployment.metadata.labels['helm.sh/chart'];
};

/** In the order of an upgrade. */
export const VERSIONED: readonly Versioned[] = [
  {
    step: 'operators',
    key: 'secrets.operator.chart',
    lacking: noChart,
    seconds: 75,
    now: operatorChart,
    other: async () => ((await operatorChart()).endsWith('.99') ? CHART : chartAs('1.99.99')),
    broken: () => chartAs('1.99.98', withoutImage),
  },
  {
    step: 'vault',
    key: 'images.vault',
    lacking: noImages,
    seconds: 75,
    now: () => imageOf('statefulset', 'vault', 'vault'),
    other: async () => tagged(await imageOf('statefulset', 'vault', 'vault')),
    broken: neverStarts,
  },
  {
    step: 'keycloak',
    key: 'images.keycloak',
    lacking: noImages,
    seconds: 160,
    now: () => imageOf('deployment', 'keycloak', 'keycloak'),
    other: async () => tagged(await imageOf('deployment', 'keycloak', 'keycloak')),
    broken: neverStarts,
  },
  {
    step: 'boundary',
    key: 'images.boundary',
    lacking: noImages,
    seconds: 100,
    now: () => imageOf('deployment', 'boundary', 'boundary-controller'),
    other: async () => tagged(await imageOf('deployment', 'boundary', 'boundary-controller')),
    broken: neverStarts,
  },
];

/** What people of a platform have, whatever its versions. */
export async function held(): Promise<Record<string, unknown>> {
  const database = await find('secret', 'boundary', 'boundary-database');
  return {
    file: (await sandboxctl(['exec', 'devenv-0', '--', 'cat', '/workspace/file'])).stdout,
    secret: (await sandboxctl(['secrets', 'get', 'github_token'])).stdout,
    password: database.data.password,
    ids: (await find('configmap', 'boundary', 'boundary-objects')).data,
    authority: (await find('configmap', 'devenv', 'ssh-user-ca')).data,
  };
}

/** Gives people something to have. */
export async function give(): Promise<void> {
  expect(await sandboxctl(['secrets', 'set', 'github_token'], 'of-before\n')).toMatchObject({ code: 0 });
  const command = ['exec', 'devenv-0', '--', 'sh', '-c', 'echo of before > /workspace/file'];
  expect(await sandboxctl(command)).toMatchObject({ code: 0 });
}
