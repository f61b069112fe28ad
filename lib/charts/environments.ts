import type { Construct } from 'constructs';
import {
  allow,
  DevEnvStatefulSet,
  type DevEnvStatefulSetProps,
  ENVIRONMENTS,
  type Environment,
  EnvironmentService,
  type PodPeer,
  quantity,
  type SecretDelivery,
} from '../../constructs';
import type { PlatformConfig } from '../config';
import { waysIn, waysOut } from '../relations/network';
import { PlatformChart } from './platform-chart';
import { resourcesOf } from './resources';
import { keepHours } from './working-hours';

type Settings = Omit<PlatformConfig['environments'], 'replicas' | 'users' | 'access' | 'schedule'>;

/** Users in one file: a Helm release of them stays well below the 1 MiB that its record may have. */
const USERS_PER_CHART = 100;
/** Further files have the next number: `50-environments-002` would come before `50-environments.k8s`. */
const FURTHER = '51-environments';

/** All environments, in as many charts as their number needs. */
export function makeEnvironments(
  app: Construct,
  config: PlatformConfig,
  delivery: SecretDelivery | undefined,
): { sets: DevEnvStatefulSet[]; environments: Environment[] } {
  const { replicas, users, schedule: _, ...common } = config.environments;
  const namespace = config.namespaces.environments;
  const names = Object.keys(users);
  const first = new PlatformChart(app, '50-environments');
  allowTraffic(first, config);
  const set = (chart: Construct, settings: Settings, props: DevEnvStatefulSetProps) =>
    new DevEnvStatefulSet(chart, props.name ?? 'devenv', {
      namespace,
      ...propsOf(settings),
      env: { ...terraformHost(config), ...settings.env },
      secretDelivery: delivery,
      ...props,
    });
  if (names.length === 0) {
    const sets = [set(first, common, { name: 'devenv', replicas })];
    keepHours(first, config, sets);
    return { sets, environments: sets.flatMap((s) => s.environments) };
  }
  const service = new EnvironmentService(first, 'devenv', { namespace, name: 'devenv' }).name;
  const sets = names.map((user, index) => {
    const { running, claim, login: _, schedule: __, ...settings } = users[user];
    const chart = PlatformChart.nth(first, Math.floor(index / USERS_PER_CHART), FURTHER);
    return set(chart, settings, {
      name: `devenv-${user}`,
      user,
      replicas: running ? 1 : 0,
      claim,
      serviceName: service,
    });
  });
  keepHours(first, config, sets);
  return { sets, environments: sets.flatMap((s) => s.environments) };
}

/** The variable by which Terraform's tools know the host that tokens are for. */
function terraformHost({ vault }: PlatformConfig): Record<string, string> {
  const { enabled, host } = vault.engines.terraform;
  return vault.enabled && enabled ? { TFE_HOSTNAME: new URL(host).host } : {};
}

function propsOf(settings: Settings): DevEnvStatefulSetProps {
  const { resources, volumes, runtimeClass, priorityClass, storage, ...rest } = settings;
  const { tmp, bashHistory, claudeConfig, ...claims } = storage;
  return {
    ...rest,
    storage: claims.layout === 'oneClaim' ? claims : { ...claims, bashHistory, claudeConfig },
    tmpSize: tmp,
    resources: resourcesOf(resources),
    runtimeClassName: runtimeClass,
    priorityClassName: priorityClass,
    volumes: volumes.map(({ mountPath, readOnly, secret, emptyDir, ...volume }) => ({
      mountPath,
      readOnly,
      volume: {
        ...volume,
        ...(secret && { secret: { secretName: secret.name, optional: secret.optional } }),
        ...(emptyDir && {
          emptyDir: { ...emptyDir, sizeLimit: emptyDir.sizeLimit ? quantity(emptyDir.sizeLimit) : undefined },
        }),
      },
    })),
  };
}

/** Routes that all environments have, by settings and not by grants. */
function allowTraffic(scope: Construct, config: PlatformConfig): void {
  const everyone: PodPeer = {
    scope,
    name: 'environments',
    namespace: config.namespaces.environments,
    identity: { name: 'devenv', instance: 'environments', component: 'environment' },
    podLabels: ENVIRONMENTS,
  };
  for (const { peer, ports } of waysOut(config)) allow(everyone, peer, ports);
  for (const { peer, ports } of waysIn(config)) allow(peer, everyone, ports);
}
