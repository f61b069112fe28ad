import { find } from './objects';
import { synth } from './synth';

/** A set of equal environments with these settings, and what their pods have. */
export const environment = (settings = '') => {
  const { objects } = synth(`profile: kind\nenvironments: {${settings}}`);
  const set = find(objects, 'StatefulSet', 'devenv');
  return { objects, set, pod: set.spec.template.spec, container: set.spec.template.spec.containers[0] };
};

export const volume = (pod: any, name: string) => pod.volumes.find((v: any) => v.name === name);
