import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseDocument } from 'yaml';
import { linesOf, ROOT, type Section, sectionsOf } from '../../docs/commands';
import type { Inventory } from '../../helpers/contents';
import { eventually } from '../support/eventually';
import { changed, inventoryBefore } from '../support/inventory';
import { kubectl, nodeAddress } from '../support/kubectl';
import { Loopback } from '../support/loopback';
import { NewMachine, type Reply } from '../support/new-machine';
import { isFound, noPlatform, undeploy } from '../support/platform';
import { must } from '../support/run';
import { missing } from '../support/stacks';
import { triedUnless } from '../support/tried';

const PAGE = 'docs/GETTING_STARTED.md';
const [intro, ...sections] = sectionsOf(PAGE);
/** The steps, in the order of the page, and what is at its end. */
const STEPS = sections.filter(({ title }) => /^\d+\. /.test(title));
const [CLEAN_UP] = sections.filter(({ title }) => title === 'Clean up');

/** Programs by what the page says that one needs. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'Node.js': ['node', 'npm', 'npx'],
  '`kubectl`': ['kubectl'],
  Git: ['git'],
  OpenSSH: ['ssh', 'ssh-keygen'],
  Terraform: ['terraform'],
};

interface StandIn {
  /** What commands begin with that are not typed. */
  readonly command: string;
  readonly because: string;
  /** What is done in its place. */
  readonly standIn: (machine: NewMachine) => Promise<void>;
}

let loopback: Loopback | undefined;
const nothing = async () => {};

/** What cannot be run here. Everything else is typed as it stands on the page. */
const STAND_INS: readonly StandIn[] = [
  {
    command: 'kind create cluster --config',
    because:
      'the cluster is that of KUBECONFIG, and here is no Docker: its ports are mapped as that file has kind do it',
    standIn: async ({ home }) => {
      mkdirSync(join(home, '.kube'));
      writeFileSync(join(home, '.kube/config'), await kubectl(['config', 'view', '--raw', '--minify', '--flatten']));
      const [{ extraPortMappings }] = parse(readFileSync(join(ROOT, 'examples/kind/cluster.yaml'), 'utf8')).nodes;
      loopback = new Loopback(await nodeAddress());
      await loopback.map(...extraPortMappings.map(({ hostPort }: { hostPort: number }) => hostPort));
    },
  },
  {
    command: 'docker build',
    because: 'here is no Docker: nodes have the image, built of the same files',
    standIn: nothing,
  },
  { command: 'kind load docker-image', because: 'nodes have the image', standIn: nothing },
  {
    command: 'kind delete cluster',
    because: 'the cluster goes on, with nothing of the platform in it',
    standIn: nothing,
  },
];

/** Public registries that may be out of reach: npm's cache takes its part, what VSO_CHART names that of the chart… */
const chart = process.env.VSO_CHART;
/** …and the others are found by what the machine's own environment says. */
const VARIABLES = /^(https?_proxy|no_proxy|all_proxy|node_extra_ca_certs|ssl_cert_file|tf_cli_config_file)$/i;

const SECRET = 'ghp_firstSecretOfTheFirstHour000000001';
/** What is typed where a command asks; in an environment, its name is looked at. */
const REPLIES: readonly Reply[] = [
  { asked: /Are you sure you want to continue connecting \(.*\)\? /, typed: 'yes' },
  { asked: /node@devenv-0\S*\$ /, typed: 'hostname; echo "token is $GITHUB_TOKEN"; exit' },
  { asked: /Value of github_token/, typed: SECRET },
  { asked: /Type devenv to go on/, typed: 'devenv' },
];

const why = missing() ?? (isFound('new-machine') ? undefined : 'this takes root, unshare and script');
const tried = triedUnless(why);

let machine: NewMachine;
let before: Inventory = {};
/** What each command showed, by its line. */
const shown = new Map<string, string>();

async function follow(line: string): Promise<void> {
  const found = STAND_INS.find(({ command }) => line.startsWith(command));
  if (found) await found.standIn(machine);
  else shown.set(line, await machine.type(line, 600, REPLIES));
}

/** What the page has put into a file. */
function put(language: string, text: string): void {
  if (language === 'yaml') {
    const file = join(machine.home, 'platform/platform.yaml');
    const platform = parseDocument(readFileSync(file, 'utf8'));
    const [[, key]] = [...shown].filter(([line]) => line.startsWith('cat '));
    const [given] = parse(text).environments.sshKeys;
    const own = key.split('\n').find((line) => line.startsWith(given.split(' ')[0])) ?? '';
    platform.setIn(['environments', 'sshKeys'], [own]);
    if (chart) platform.set('secrets', { operator: { chart } });
    writeFileSync(file, String(platform));
  } else if (/^Host /.test(text)) writeFileSync(join(machine.home, '.ssh/config'), text);
}

async function take({ blocks }: Section): Promise<void> {
  for (const block of blocks) {
    if (block.language !== 'sh') put(block.language, block.text);
    else for (const line of linesOf(block)) await follow(line);
  }
}

/** What has not ended well, which all that comes after it needs. */
let unfinished: string | undefined;

const step = (name: string, use: () => Promise<void>): void =>
  tried(
    name,
    async () => {
      if (unfinished) throw new Error(`"${unfinished}" has to end well before`);
      unfinished = name;
      await use();
      unfinished = undefined;
    },
    1_800_000,
  );

const ssh = () => [...shown].filter(([line]) => line.startsWith('ssh '));

beforeAll(async () => {
  if (why) return;
  await noPlatform();
  before = await inventoryBefore();
  const programs = Object.entries(NEEDED).flatMap(([words, names]) => (intro.text.includes(words) ? names : []));
  const said = Object.entries(process.env).filter(([name, value]) => value && VARIABLES.test(name));
  const npm_config_cache = (await must('npm', ['config', 'get', 'cache'])).trim();
  machine = await NewMachine.make(programs, {
    ...(Object.fromEntries(said) as Record<string, string>),
    npm_config_cache,
  });
  await machine.type(`git clone --quiet file://${ROOT} platform && cd platform`, 60);
}, 600_000);

afterAll(async () => {
  if (!machine) return;
  machine.close();
  const dist = join(machine.home, 'platform/dist');
  if (existsSync(dist) && (await changed(before)).length > 0) {
    // Whichever a test that failed left: what Terraform deployed, or what kubectl applied.
    await machine.type('cd platform && sandboxctl down --delete-workspaces --yes', 600).catch(() => undefined);
    machine.close();
    await undeploy(dist);
  }
  loopback?.end();
}, 1_200_000);

test('the steps are those of the page, and what stands in for a command stands in for one that is there', () => {
  expect(STEPS.map(({ title }) => title.split('.')[0])).toEqual(['1', '2', '3', '4', '5', '6']);
  const lines = [...STEPS, CLEAN_UP].flatMap(({ blocks }) =>
    blocks.filter(({ language }) => language === 'sh').flatMap(linesOf),
  );
  expect(lines.length).toBeGreaterThan(12);
  expect(STAND_INS.filter(({ command }) => !lines.some((line) => line.startsWith(command)))).toEqual([]);
});

for (const section of STEPS) step(`${section.title}: each command ends well, as it is written`, () => take(section));

step('git diff shows what the key means for the cluster', async () => {
  const [, diff] = [...shown].find(([line]) => line.startsWith('git diff ')) ?? [];
  expect(diff).toMatch(/^\+ +authorized_keys: \|\n\+ +ssh-ed25519 /m);
});

step('each way in ended at the prompt of the environment, by the name in ~/.ssh/config too', async () => {
  await follow('ssh devenv-0');
  expect(ssh().length).toBeGreaterThan(2);
  expect(ssh().filter(([, text]) => !/^devenv-0$/m.test(text))).toEqual([]);
});

step('the first secret arrives, as a file and in the next shell', async () => {
  await eventually(async () => {
    const text = await machine.type('ssh devenv-0 cat /run/secrets/devenv/github_token', 30);
    expect(text).toContain(SECRET);
  }, 150);
  expect(await machine.type('ssh devenv-0', 60, REPLIES)).toContain(`token is ${SECRET}`);
});

step('Clean up: nothing of it is left', async () => {
  await take(CLEAN_UP);
  await eventually(async () => expect(await changed(before)).toEqual([]), 120);
});
