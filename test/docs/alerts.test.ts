import { parse } from 'yaml';
import { CASES } from '../helpers/cases';
import { type KubeObject, nameOf, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';
import { blocksOf } from './commands';

/** Metrics of kube-state-metrics, as its own documents list them: of which kind, and the label that names the object. */
const METRICS: Readonly<Record<string, { kind: string; label: string }>> = {
  kube_cronjob_created: { kind: 'CronJob', label: 'cronjob' },
  kube_cronjob_status_last_schedule_time: { kind: 'CronJob', label: 'cronjob' },
  kube_cronjob_status_last_successful_time: { kind: 'CronJob', label: 'cronjob' },
  kube_job_status_failed: { kind: 'Job', label: 'job_name' },
};
/** What else expressions are made of. */
const WORDS = ['time', 'and', 'or', 'unless'];

interface Alert {
  readonly alert: string;
  readonly expr: string;
}

const alerts = blocksOf('yaml')
  .flatMap(({ text }): Alert[] => (/^- alert: /m.test(text) ? parse(text) : []))
  // Vault's own metrics are looked at beside a Vault: test/vault/metrics.test.ts.
  .filter(({ expr }) => !expr.includes('{job="vault"}'));

/** Objects that the metrics are of: those of every platform with snapshots, and Jobs as a CronJob names them. */
const objects = Object.keys(CASES)
  .filter((title) => title.startsWith('snapshots '))
  .map((title): KubeObject[] => {
    const { objects: made } = synth(CASES[title].text);
    const ran = ofKind(made, 'CronJob').map(({ metadata, ...rest }) => ({
      ...rest,
      kind: 'Job',
      metadata: { ...metadata, name: `${metadata.name}-29901234` },
    }));
    return [...made, ...ran];
  });

/** Parts of an expression: what is selected of metrics, and every other word. */
function partsOf(expr: string) {
  const selector = /([a-z_]+)\{([^}]*)\}/g;
  const selected = [...expr.matchAll(selector)].map(([, metric, labels]) => ({
    metric,
    labels: [...labels.matchAll(/(\w+)(=~|=)"([^"]*)"/g)].map(([, label, operator, value]) => ({
      label,
      isWanted: (text: string) => (operator === '=' ? text === value : new RegExp(`^(?:${value})$`).test(text)),
    })),
  }));
  return { selected, words: expr.replace(selector, '').match(/[A-Za-z_]\w*/g) ?? [] };
}

test('there are some for snapshots that are missed, never succeeded or failed', () => {
  expect(alerts.map(({ alert }) => alert)).toEqual([
    'VaultBackupMissed',
    'VaultBackupNeverSucceeded',
    'VaultBackupFailed',
  ]);
});

test.each(alerts)('$alert is made of metrics that there are, each of one namespace and object', ({ expr }) => {
  const { selected, words } = partsOf(expr);
  expect(words.filter((word) => !WORDS.includes(word))).toEqual([]);
  expect(selected.length).toBeGreaterThan(0);
  for (const { metric, labels } of selected) {
    expect(Object.keys(METRICS)).toContain(metric);
    expect(labels.map(({ label }) => label)).toEqual(['namespace', METRICS[metric].label]);
  }
});

test.each(alerts)(
  '$alert looks at all runs of the backup of every platform with snapshots, and nothing else',
  ({ expr }) => {
    expect(objects.length).toBeGreaterThan(2);
    for (const { metric, labels } of partsOf(expr).selected) {
      const [inNamespace, named] = labels;
      for (const made of objects) {
        const all = ofKind(made, METRICS[metric].kind);
        const found = all.filter(
          ({ metadata }) => inNamespace.isWanted(`${metadata.namespace}`) && named.isWanted(metadata.name),
        );
        const own = all.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/instance'] === 'vault-backup');
        expect(own.length).toBeGreaterThan(0);
        expect(found.map(nameOf)).toEqual(own.map(nameOf));
      }
    }
  },
);
