import * as z from 'zod';
import * as clouds from '../../../constructs/core/rules/clouds';
import * as hashicorp from '../../../constructs/core/rules/hashicorp';
import { DNS_LABEL } from '../../../constructs/core/rules/names';
import { authoritiesAdvice, bucketAdvice, certificateAdvice, objectPrefixAdvice } from './backup';
import { addressAdvice, cidrAdvice } from './cidr';
import { cronAdvice } from './cron';
import { mountPathAdvice } from './mounts';
import {
  claimAdvice,
  commonKeyAdvice,
  dnsLabelAdvice,
  domainAdvice,
  engineMountAdvice,
  groupAdvice,
  hostAdvice,
  labelKeyAdvice,
  labelValueAdvice,
  loginAdvice,
  namespaceAdvice,
  objectNameAdvice,
  podAnnotationAdvice,
  qualifiedKeyAdvice,
  releasePrefixAdvice,
  secretPathAdvice,
  userNameAdvice,
} from './names';
import { pgpKeyAdvice } from './pgp';
import { cpuAdvice, DURATION, durationBetween, memoryAdvice } from './quantity';
import { imageAdvice, providerSourceAdvice, registryAdvice, versionAdvice } from './reference';
import { environmentNameAdvice, environmentValueAdvice, sshKeyAdvice } from './secrets';
import { TIME_OF_DAY, timeOfDayAdvice, timeZoneAdvice } from './time';
import { chartAdvice, databaseUrlAdvice, endpointAdvice, httpsAdvice } from './url';

/** What is wrong with a value, in words that follow its key; nothing when it is right. */
export type Advice = (value: string) => string | undefined;

/** Text of a certain form; a number or boolean in its place is advised as the text it would be. */
const text = (advise: Advice, pattern?: RegExp) =>
  z
    .string({ error: ({ input }) => (/number|boolean/.test(typeof input) ? advise(String(input)) : undefined) })
    .check(({ value, issues }) => {
      const message = advise(value);
      if (message) issues.push({ code: 'custom', message, input: value });
    })
    .meta(pattern ? { pattern: pattern.source } : {});

/** YAML reads `cpu: 2` as a number, Kubernetes wants text. */
const quantity = (advise: Advice) =>
  z
    .union([z.string(), z.number()], { error: ({ input }) => advise(String(input)) })
    .transform(String)
    .check(({ value, issues }) => {
      const message = advise(value);
      if (message) issues.push({ code: 'custom', message, input: value });
    });

/** Text that is handed on as it is: a blank or a line end at its end belongs to nothing that has names. */
const nonEmptyAdvice: Advice = (value) => {
  if (value.trim() === '') return 'must not be empty';
  return value === value.trim() && !/[\r\n]/.test(value) ? undefined : 'must be one line without blanks around it';
};

export const nonEmpty = text(nonEmptyAdvice);
/** Vault's provider for Terraform takes each part between commas for a value of its own. */
export const claimValue = text((value) =>
  value.includes(',')
    ? 'must be one value without commas: Vault would let in whoever has what stands between two of them'
    : nonEmptyAdvice(value),
);
export const dnsLabel = text(dnsLabelAdvice, DNS_LABEL);
export const releasePrefix = text(releasePrefixAdvice, DNS_LABEL);
/** A namespace that the platform makes. */
export const namespace = text(namespaceAdvice, DNS_LABEL);
export const userName = text(userNameAdvice, DNS_LABEL);
/** A person's name at the identity provider. */
export const login = text(loginAdvice);
export const scope = text((value) =>
  /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value) ? undefined : 'must be the name of a scope, without spaces and quotes',
);
export const groupName = text(groupAdvice, /^[a-z0-9-]+$/);
export const objectName = text(objectNameAdvice);
/** Keycloak's own realm is there before anything is imported, so nothing of ours would come into it. */
export const realm = text(
  (value) => (value === 'master' ? "must not be master, Keycloak's own: choose another name" : dnsLabelAdvice(value)),
  DNS_LABEL,
);
export const secretKey = text((value) =>
  /^(?!\.\.?$|\.\.)[-._A-Za-z0-9]{1,253}$/.test(value)
    ? undefined
    : 'must be a key of a Secret (letters, digits, -, _ and .)',
);
export const awsRegion = text(clouds.awsRegionFault);
export const awsKey = text(clouds.awsKeyFault);
export const secretPrefix = text(clouds.secretPrefixFault);
export const googleProject = text(clouds.googleProjectFault);
export const googleLocation = text(clouds.googleLocationFault);
export const googleKey = text(clouds.googleKeyFault);
export const guid = text(clouds.guidFault);
export const keyVaultName = text(clouds.keyVaultFault);
export const keyVaultKey = text(clouds.keyVaultKeyFault);
export const transitKey = text(hashicorp.transitKeyFault);
/** A path in another Vault. */
export const enginePath = text(hashicorp.enginePathFault);
export const organization = text(hashicorp.organizationFault);
export const teamId = text(hashicorp.teamFault);
export const userId = text(hashicorp.userFault);
/** Of a secret below `secret/`. */
export const secretPath = text(secretPathAdvice);
export const claimName = text(claimAdvice, /^(workspace|environment)-/);
export const domainName = text(domainAdvice);
export const hostOrAddress = text(hostAdvice);
/** A key that the cluster made, where the platform's own prefixes are fine. */
export const labelKeyOfCluster = text(qualifiedKeyAdvice);
export const loadBalancerClass = text((value) =>
  qualifiedKeyAdvice(value) ? 'must be the name of a class, such as service.k8s.aws/nlb' : undefined,
);
export const annotationKey = text(labelKeyAdvice);
export const podAnnotationKey = text(podAnnotationAdvice);
/** A key of a label or annotation on every object. */
export const commonKey = text(commonKeyAdvice);
export const labelValue = text(labelValueAdvice);
export const mountPath = text(mountPathAdvice, /^\//);
export const cpu = quantity(cpuAdvice);
export const memory = quantity(memoryAdvice);
/** Any quantity: what it must be depends on its key. */
export const amount = z
  .union([z.string(), z.number()], { error: () => 'must be a number, or a quantity such as 10Gi' })
  .transform(String);
/** A duration from `least` to `most`. */
export const boundedDuration = (least: string, most: string) => text(durationBetween(least, most), DURATION);
export const timeOfDay = text(timeOfDayAdvice, TIME_OF_DAY);
export const timeZone = text(timeZoneAdvice);
export const cidr = text(cidrAdvice);
/** One address, or a network of them. */
export const addressOrCidr = text(addressAdvice);
export const image = text(imageAdvice);
export const registry = text(registryAdvice);
export const providerSource = text(providerSourceAdvice);
export const version = text(versionAdvice);
export const sshPublicKey = text(sshKeyAdvice);
export const pgpPublicKey = text(pgpKeyAdvice);
export const environmentName = text(environmentNameAdvice);
export const environmentValue = text(environmentValueAdvice);
export const httpsUrl = text(httpsAdvice);
export const engineMount = text(engineMountAdvice);
export const databaseUrl = text(databaseUrlAdvice);
export const chartSource = text(chartAdvice);
export const cron = text(cronAdvice);
export const certificate = text(certificateAdvice);
export const authorities = text(authoritiesAdvice);
export const endpointUrl = text(endpointAdvice);
export const bucketName = text(bucketAdvice);
export const objectPrefix = text(objectPrefixAdvice);
export const port = z.int().min(1).max(65535);

/** Raft elects by majority: an even number of voters bears no more failures than one less. */
export const voters = z.literal([1, 3, 5], {
  error: ({ input }) =>
    `must be 1, 3 or 5${input === 2 || input === 4 ? `: of ${input} voters none may fail more than of ${Number(input) - 1}` : ''}`,
});
