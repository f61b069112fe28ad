import { STANDARD } from '../helpers/cases';
import type { Refused } from './refused-values';

const bytes = (count: number) => 'x'.repeat(count);
/** Within 255 characters, and over it by one. */
const LONG = `${'p'.repeat(127)}/${'p'.repeat(127)}`;
const IMAGE = 'must be an image such as registry.example.com/team/devenv:1.0';

/** Values that the API server and the nodes take only up to a size. */
export const refusedSizes: Refused[] = [
  [
    'annotations of the environments that no object has room for',
    `environments: {annotations: {example.com/a: ${bytes(200_000)}, example.com/b: ${bytes(100_000)}}}`,
    "…environments.annotations: must be at most 258048 bytes, keys and values in all, not 300026: the API server takes 256 KiB for an object, and the platform's own need some of them",
  ],
  [
    'annotations of every object that no object has room for',
    `annotations: {example.com/a: ${bytes(300_000)}}`,
    '…annotations: must be at most 258048 bytes, keys and values in all, not 300013: …',
  ],
  [
    'annotations of a load balancer that are too many with those of every object',
    `annotations: {example.com/a: ${bytes(130_000)}}\naccess: {loadBalancerAnnotations: {example.com/b: ${bytes(130_000)}}}`,
    '…access.loadBalancerAnnotations: must be at most 258048 bytes, keys and values in all, not 260026 with the common ones: …',
  ],
  [
    'annotations of a user that are too many with those of all environments',
    `environments: {annotations: {example.com/a: ${bytes(130_000)}}, users: {alice: {annotations: {example.com/b: ${bytes(130_000)}}}}}`,
    '…environments.users.alice.annotations: must be at most 258048 bytes, keys and values in all, not 260026: …',
  ],
  [
    'a path of an image that no registry takes',
    `images: {vault: "example.com/${LONG}p:1"}`,
    `…${IMAGE}: its path must be at most 255 characters long, not 256`,
  ],
  [
    'an image at a port that there is not',
    'environments: {image: "example.com:65536/team/devenv:1"}',
    `…environments.image: given "example.com:65536/team/devenv:1", ${IMAGE}: the port 65536 of its registry must be from 1 to 65535`,
  ],
  [
    'a registry at a port that there is not',
    'images: {registry: "example.com:0"}',
    '…images.registry: given "example.com:0", must be a registry such as registry.example.com:5000 or registry.example.com/mirror: the port 0 of its registry must be from 1 to 65535',
  ],
  [
    'a registry that is neither a host nor a path',
    'images: {registry: 10GB}',
    '…images.registry: given "10GB", must be a registry such as registry.example.com:5000 or registry.example.com/mirror',
  ],
  [
    'a mirror behind which an image has too long a path',
    `images: {registry: "mirror.example.com/${'m'.repeat(200)}", devenv: "example.com/${'p'.repeat(60)}:1"}`,
    '…images.registry: makes 261 characters of the path of images.devenv, and must leave it at most 255: shorten one of them',
  ],
  [
    'one Secret that cert-manager fills for several environments',
    `${STANDARD}\nweb: {enabled: true}\nenvironments: {replicas: 2}\naccess: {mode: ingress, domain: example.com, tls: {secretName: web-tls, issuer: letsencrypt}}`,
    '…access.tls.secretName: given "web-tls", is one Secret for the web access of 2 environments, into which cert-manager would write the certificate of each in turn: leave it out, and each gets one of its own, or leave out access.tls.issuer where it holds a certificate for all names',
  ],
];
