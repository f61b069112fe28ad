import { CASES } from '../helpers/cases';
import { containersOf, type KubeObject, nameOf, workloads } from '../helpers/objects';
import { synth } from '../helpers/synth';

const isEnvironment = ({ spec }: KubeObject) =>
  spec.template.metadata.labels['app.kubernetes.io/component'] === 'environment';

/** ServiceAccounts whose pods talk to the Kubernetes API. */
const API_CLIENTS =
  /^(vault|vault-bootstrap|ssh-host-signer|certificate-authority|replace-authority|generated-secrets|boundary-schema|boundary-bootstrap|boundary-keeper|rotate-secrets|keycloak-clients|vault-backup|working-hours)$/;

describe.each(Object.entries(CASES))('every pod of %s', (_title, { text, env }) => {
  const { config, objects } = synth(text, env);
  const all = workloads(objects);
  const each = (check: (workload: KubeObject) => unknown) =>
    Object.fromEntries(all.map((workload) => [nameOf(workload), check(workload)]));
  const expected = (value: (workload: KubeObject) => unknown) => each(value);
  const relaxed = (workload: KubeObject) => config.podSecurity === 'relaxed' && isEnvironment(workload);
  const perContainer = (workload: KubeObject, value: unknown) => containersOf(workload).map(() => value);

  test('there are some', () => expect(all).not.toHaveLength(0));

  // SECURITY.md: "All pods meet the Pod Security Standard restricted"
  test('runs as a user other than root, under the default seccomp profile', () => {
    expect(each(({ spec }) => spec.template.spec.securityContext)).toEqual(
      expected((workload) =>
        expect.objectContaining({
          ...(!relaxed(workload) && { runAsNonRoot: true }),
          seccompProfile: { type: 'RuntimeDefault' },
        }),
      ),
    );
  });

  // SECURITY.md: "someone in an environment, person or agent | Cannot: reach other environments"
  // SECURITY.md: "All pods meet the Pod Security Standard restricted"
  // SECURITY.md: "podSecurity: relaxed allows programs to gain privileges"
  test('has containers that gain no privilege and no capability', () => {
    const contexts = each((workload) =>
      containersOf(workload).map(({ securityContext: { allowPrivilegeEscalation, capabilities, ...rest } }) => ({
        allowPrivilegeEscalation,
        capabilities,
        others: Object.keys(rest),
      })),
    );
    const others = ['readOnlyRootFilesystem'];
    const hardened = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, others };
    const open = { allowPrivilegeEscalation: undefined, capabilities: undefined, others };
    expect(contexts).toEqual(expected((workload) => perContainer(workload, relaxed(workload) ? open : hardened)));
  });

  // SECURITY.md: "The platform's own have a read-only root file system, Keycloak apart."
  test('writes to no image but the environments’ and Keycloak’s own', () => {
    const writable = all.flatMap((workload) =>
      containersOf(workload).filter((c) => !c.securityContext.readOnlyRootFilesystem),
    );
    expect(
      [...new Set(writable.map(({ name }) => name))].filter((name) => !['devenv', 'keycloak'].includes(name)),
    ).toEqual([]);
  });

  test('names a user exactly where the cluster does not assign one', () => {
    const assigned = config.profile === 'openshift';
    const ids = each(({ spec }) => {
      const { runAsUser, fsGroup } = spec.template.spec.securityContext;
      return [typeof runAsUser, typeof fsGroup];
    });
    expect(ids).toEqual(expected(() => (assigned ? ['undefined', 'undefined'] : ['number', 'number'])));
    const inContainers = all.flatMap(containersOf).filter((c) => 'runAsUser' in c.securityContext);
    expect(inContainers).toEqual([]);
  });

  test('names its commands', () => {
    expect(each((workload) => containersOf(workload).map(({ command }) => typeof command?.[0]))).toEqual(
      expected((workload) => perContainer(workload, 'string')),
    );
  });

  // SECURITY.md: "All pods meet the Pod Security Standard restricted"
  test('requests and limits processor, memory and disk', () => {
    const kinds = (values: object = {}) => Object.keys(values).sort();
    const resources = each((workload) =>
      containersOf(workload).map((c) => [kinds(c.resources.requests), kinds(c.resources.limits)]),
    );
    const three = ['cpu', 'ephemeral-storage', 'memory'];
    expect(resources).toEqual(expected((workload) => perContainer(workload, [three, three])));
  });

  // SECURITY.md: "ServiceAccount tokens are mounted only where the API is used"
  test('holds an API token only if it calls the API', () => {
    const holders = all.filter(({ spec }) => spec.template.spec.automountServiceAccountToken !== false);
    for (const { spec } of holders) expect(spec.template.spec.serviceAccountName).toMatch(API_CLIENTS);
    expect(all.filter(isEnvironment).every(({ spec }) => !spec.template.spec.serviceAccountName)).toBe(true);
  });

  test('sees a renewed certificate of its own', () => {
    const servers = all.filter(({ spec }) =>
      spec.template.spec.volumes?.some(({ secret }: KubeObject) => secret?.secretName.endsWith('-tls')),
    );
    const isTold = ({ command, env = [] }: KubeObject) =>
      /while sleep 10; do\n {2}now=\$\(cat \S+tls\.crt[^)]*\)\n.*\n.*kill -(HUP|TERM) 1/.test(command.join('\n')) ||
      env.some(({ name }: KubeObject) => name === 'KC_HTTPS_CERTIFICATES_RELOAD_PERIOD');
    const mounts = ({ volumeMounts = [] }: KubeObject) => volumeMounts.some((m: KubeObject) => m.name === 'tls');
    const untold = servers.filter((w) => containersOf(w).some((c) => mounts(c) && !isTold(c)));
    expect(untold.map(nameOf)).toEqual([]);
  });

  test('says which container logs and exec mean', () => {
    expect(each(({ spec }) => spec.template.metadata.annotations['kubectl.kubernetes.io/default-container'])).toEqual(
      expected(({ spec }) => spec.template.spec.containers[0].name),
    );
  });

  test('shares nothing with its node', () => {
    const shared = each(({ spec }) => {
      const { hostNetwork, hostPID, hostIPC, volumes = [] } = spec.template.spec;
      return [hostNetwork, hostPID, hostIPC, ...volumes.filter((v: object) => 'hostPath' in v)];
    });
    expect(shared).toEqual(expected(() => [undefined, undefined, undefined]));
    expect(
      all
        .flatMap(containersOf)
        .flatMap((c) => c.ports ?? [])
        .filter((p) => p.hostPort),
    ).toEqual([]);
  });

  test('pulls from the mirror with the pull secrets, where there are any', () => {
    const { registry, pullSecrets, pullPolicy } = config.images;
    for (const { image, imagePullPolicy } of all.flatMap(containersOf)) {
      expect(image.startsWith(registry)).toBe(true);
      expect(imagePullPolicy).toBe(pullPolicy);
    }
    const secrets = pullSecrets.length > 0 ? pullSecrets.map((name) => ({ name })) : undefined;
    expect(each(({ spec }) => spec.template.spec.imagePullSecrets)).toEqual(expected(() => secrets));
  });
});
