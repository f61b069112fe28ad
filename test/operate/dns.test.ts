import { dnsOf, resolves } from '../../lib/operate/cluster/dns';
import type { Kubectl } from '../../lib/operate/cluster/kubectl';
import { diagnose } from '../../lib/operate/doctor/rules';
import type { Seen } from '../../lib/operate/doctor/seen';
import { OPENSHIFT } from '../helpers/cases';
import { HEALTHY, pod, READY } from '../helpers/healthy';
import { synth } from '../helpers/synth';

describe('a DNS that is no pod of kube-system', () => {
  const openshift = { namespace: 'openshift-dns', selector: 'dns.operator.openshift.io/daemonset-dns=default' };
  const elsewhere = { pods: HEALTHY.dns.pods, addresses: ['169.254.169.254/32'] };

  test.each<[string, Partial<Seen>]>([
    ['of OpenShift', { dns: { pods: [openshift], addresses: [] }, dnsPods: [pod('dns-default-x', READY)] }],
    ['that is no pod, as names are found', { dns: elsewhere, dnsPods: [] }],
    ['that nobody said, as names are found', { dnsPods: [] }],
    ['that is no pod, while there is no pod to ask', { dns: elsewhere, dnsPods: [], resolves: undefined }],
    ['with a pod that is not Ready, as names are found', { dnsPods: [pod('coredns', {})] }],
  ])('%s is no fault', (_, seen) => expect(diagnose({ ...HEALTHY, ...seen })).toEqual([]));

  test('is known by the policies that let pods reach it', () => {
    const { objects } = synth(
      `${OPENSHIFT}\naccess: {domain: sandbox.example.com}\nnetwork: {dns: {addresses: [10.0.0.10]}}`,
    );
    expect(dnsOf(objects)).toEqual({ pods: [openshift], addresses: ['10.0.0.10/32'] });
  });

  test('is asked by another pod where no environment runs, and by one that can', async () => {
    const other = (instance: string) =>
      pod(instance, READY, {
        metadata: { name: instance, namespace: 'vault', labels: { 'app.kubernetes.io/instance': instance } },
      });
    const answers = (...codes: number[]) => ({ run: async () => ({ exitCode: codes.shift() }) }) as unknown as Kubectl;
    const pods = [other('boundary-worker'), other('vault')];
    expect(await resolves(answers(126, 0), pods)).toBe(true);
    expect(await resolves(answers(126, 2), pods)).toBe(false);
    expect(await resolves(answers(126, 126), pods)).toBeUndefined();
    expect(await resolves(answers(), [])).toBeUndefined();
  });
});
