import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './commands';
import { namedInTests, plain, statementsOf } from './security';

/**
 * What no test can hold, by words of it: it advises, says what the words of others mean, tells what is not protected, or
 * is a fact of Kubernetes, Vault or browsers, which is none of the platform's doing.
 */
const OF_NO_TEST: Readonly<Record<'advice' | 'definition' | 'limit' | 'fact', readonly string[]>> = {
  advice: [
    'The development seal is for development.',
    'keep swap off on the nodes of Vault',
    'give nobody but administrators rights to Secrets',
    'who may change platform.yaml where it is deployed from',
    "Lock the bucket's objects where that matters.",
    "So a load balancer has to hand on its clients' addresses",
    "A controller in its node's network is no pod to a policy",
    'Where that matters, set internet: false and allow a proxy.',
    'Use host names (ingress, gateway, route, loadBalancerAddresses)',
    'Tell the maintainers in private',
  ],
  definition: [
    'In any case:',
    'What it does decide:',
    'This is why it is harmless:',
    'Names come from the identity provider.',
    "An environment's user is a person or a program",
  ],
  limit: [
    'Whoever may create tokens of such a ServiceAccount, as both operators may everywhere',
    'ServiceAccount | Cannot: read a secret without that',
    'Two steps lead further, the second of them in Kubernetes',
    'In a pipeline that may do so everywhere, it is the pipeline that has these rights',
    'This separates environments, not who administers them',
    'In AWS and Azure one identity reads whatever it may there.',
    'Whoever may change labels of pods in that namespace',
    'Still a snapshot is everything, sealed',
    'Who can write to the target can delete snapshots',
    'What is yours and has public addresses is the internet',
    'Environments that a cloud knows may do there what their identity may',
    'What it does not do: policies need a network plugin that enforces them',
    'They work on addresses, not on host names',
    'How many processes a pod may have',
    'sshd and whoever is in an environment are one user',
    'kubectl port-forward and kubectl exec pass by Boundary',
    'In the modes nodePort and loadBalancer without names of their own',
    'Sessions are not recorded',
    'Secrets at rest, image scanning in your registry',
    'There are no namespaces or quotas for single users.',
  ],
  fact: [
    'whoever may create pods in a namespace | Can',
    'a cluster administrator | Can',
    'Whoever reaches a Vault that is not initialised may initialise it',
    'Vault says its keys once',
    'The bootstrap may be killed between that answer and the moment',
    "Vault's keys do not open another Vault's snapshot",
    'Browsers keep cookies by host name, not by port.',
  ],
};

const statements = statementsOf(readFileSync(join(ROOT, 'docs/SECURITY.md'), 'utf8'));
const saying = (words: string) => (words ? statements.filter((statement) => statement.includes(plain(words))) : []);
const comments = namedInTests();
const named = new Set(comments.flatMap(({ words }) => saying(words)));
const excused = Object.values(OF_NO_TEST).flat();

test('docs/SECURITY.md is read sentence by sentence, and cell by cell', () => {
  const text = `# Title\nNo statement.\n\n## One\n\n- **A door**\n  is shut. [More](X.md).\n- b, by \`c\`\n
| Who | Can | Cannot |\n| --- | --- | --- |\n| [d](Y.md) | all | |\n\n### Two\n\nE is
shut (f. is not). g is, too.\n`;
  expect(statementsOf(text)).toEqual([
    'A door is shut.',
    'b, by c',
    'd | Can: all',
    'E is shut (f.',
    'is not).',
    'g is, too.',
  ]);
  expect(statements.filter((statement, index) => statements.indexOf(statement) !== index)).toEqual([]);
});

test('each comment that names a statement of it has words of one alone, and stands above a test', () => {
  const isAboveTest = /^(on|tried|test|it|describe|\()/;
  const wrong = comments.filter(({ words, below }) => saying(words).length !== 1 || !isAboveTest.test(below));
  expect(wrong).toEqual([]);
});

test('each of its statements is named above a test that holds it, unless no test can', () => {
  const known = new Set([...named, ...excused.flatMap(saying)]);
  expect(statements.filter((statement) => !known.has(statement))).toEqual([]);
});

test('what no test holds is still there, and named by none', () => {
  const wrong = excused.filter((words) => saying(words).length !== 1 || saying(words).some((one) => named.has(one)));
  expect(wrong).toEqual([]);
});
