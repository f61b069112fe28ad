import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Kubectl, type KubeObject } from '../../lib/operate/cluster/kubectl';
import { Project } from '../../lib/operate/platform/project';
import { Selection } from '../../lib/operate/platform/selection';
import { planOf } from '../../lib/operate/platform/upgrade/plan';
import { planText } from '../../lib/operate/platform/upgrade/plan-text';
import { standAtOne, workload } from '../helpers/versioned';

beforeEach(() => {
  standAtOne();
  jest.spyOn(Kubectl.prototype, 'run').mockResolvedValue({ exitCode: 0, stdout: '', stderr: '' } as never);
});

afterEach(() => jest.restoreAllMocks());

describe('a plan', () => {
  const releaseOf = (name: string, version: string) => {
    const release = gzipSync(JSON.stringify({ name, chart: { metadata: { version } } })).toString('base64');
    return { metadata: { name }, data: { release: Buffer.from(release).toString('base64') } };
  };
  const DIGESTS = ['0.1.0-xaaaaaaaaaaaa', '0.1.0-xbbbbbbbbbbbb'];

  test('by Terraform has the charts of operators first, and the parts whose own charts are others', async () => {
    const release = (name: string, version: string) => ({ name, namespace: 'kube-system', chart: './charts', version });
    const stack = (name: string, releases: object) => {
      const place = mkdtempSync(join(tmpdir(), 'stack-'));
      writeFileSync(join(place, 'cdk.tf.json'), JSON.stringify({ resource: { helm_release: releases } }));
      return { name, folder: place, dependencies: [] };
    };
    jest.spyOn(Project.prototype, 'stacks').mockReturnValue([
      stack('operators', { operator: release('operator', '1.5.0') }),
      stack('workloads', {
        vault: release('agent-sandbox-vault', DIGESTS[0]),
        keycloak: release('agent-sandbox-keycloak', DIGESTS[0]),
        environments: release('agent-sandbox-environments', DIGESTS[0]),
      }),
      stack('delivery', {}),
    ]);
    const standing = [
      releaseOf('operator', '1.4.1'),
      releaseOf('agent-sandbox-vault', DIGESTS[0]),
      releaseOf('agent-sandbox-keycloak', DIGESTS[1]),
    ];
    const names = [...standing.map(({ metadata }) => metadata.name), 'agent-sandbox-environments'];
    jest.spyOn(Kubectl.prototype, 'answer').mockImplementation(async (args) =>
      args.includes('json')
        ? JSON.stringify({ items: standing })
        : names
            .map((name) => {
              const status = name.endsWith('environments') ? 'failed' : 'deployed';
              return `kube-system  sh.helm.release.v1.${name}.v3  helm.sh/release.v1  1  2m  ${name}  ${status}`;
            })
            .join('\n'),
    );
    const { plan } = await planOf(new Kubectl(), new Selection(new Project('')), 'terraform');
    expect(plan.charts).toEqual([{ name: 'operator', from: '1.4.1', to: '1.5.0' }]);
    // A release that failed is none that stands.
    expect(plan.steps).toEqual(['operators', 'keycloak', 'environments']);
  });

  test('says that a migrated schema stays, before Boundary is another version', async () => {
    const job = (image: string) => workload(`schema-${image}`, image, 'Job', 'boundary-schema');
    const part = (image: string) => ({ name: 'boundary', files: [], objects: [job(image)], needsOperator: false });
    jest.spyOn(Project.prototype, 'parts').mockReturnValue([part('boundary:2')]);
    const notesWith = async (standing: KubeObject[]) => {
      jest.spyOn(Kubectl.prototype, 'list').mockImplementation(async (kinds) => (/jobs/.test(kinds) ? standing : []));
      return (await planOf(new Kubectl(), new Selection(new Project('')), 'kubectl')).plan.notes;
    };
    expect(await notesWith([job('boundary:1')])).toEqual([expect.stringMatching(/never back: sandboxctl backup/)]);
    expect(await notesWith([job('boundary:2')])).toEqual([]);
    expect(await notesWith([])).toEqual([]);
  });

  test('is a line for each thing, and names few of many', () => {
    const workloads = ['a', 'b', 'c', 'd', 'e'];
    const text = planText({
      charts: [],
      images: [{ part: 'environments', workloads, from: 'x:1', to: 'x:2' }],
      volumes: [{ namespace: 'devenv', claim: 'workspace-devenv-0', from: '1Gi', to: '2Gi' }],
      steps: ['environments'],
      notes: ['note this'],
    });
    expect(text.split('\n')).toEqual([
      'image   a, b, c and 2 more         x:1 -> x:2',
      'volume  devenv/workspace-devenv-0  1Gi -> 2Gi',
      'order: environments; then what is inside Vault and Boundary',
      'note: note this',
    ]);
  });
});
