import { imageFault, registryFault } from '../../../constructs/core/rules/images';

export const imageAdvice = imageFault;

export const registryAdvice = (value: string): string | undefined => (value === '' ? undefined : registryFault(value));

export const providerSourceAdvice = (value: string) =>
  /^[\w.-]+(:\d+)?\/[\w-]+$/.test(value)
    ? undefined
    : 'must be a registry and a namespace, such as registry.terraform.io/hashicorp';

export const versionAdvice = (value: string) =>
  /^v?\d+\.\d+\.\d+(-[\w.]+)?$/.test(value) ? undefined : 'must be an exact version such as 1.4.1';
