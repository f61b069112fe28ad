import { isIPv6 } from 'node:net';
import type { PodPeer } from './peer';

/** What an endpoint speaks: `https` servers bring their own certificate; `tcp` is opaque and never behind an HTTP proxy. */
export type EndpointProtocol = 'http' | 'https' | 'tcp';

/** An endpoint of the platform that clients outside the cluster may reach. */
export interface Endpoint {
  /** Pods that answer; the objects are made in their scope and namespace. */
  readonly pods: PodPeer;
  /** Name of the objects that are made. */
  readonly name: string;
  /** Port that clients dial, where the exposure leaves it free. */
  readonly port: number;
  /** Port of the pods. */
  readonly targetPort: number;
  readonly protocol: EndpointProtocol;
  /** Service in front of the pods, for exposures that route to one. */
  readonly serviceName: string;
  /** Further pod labels, for one pod of several. @default {} */
  readonly selector?: Readonly<Record<string, string>>;
}

/** What ends TLS before a server and shows a certificate of its own in the place of the server's. */
export interface Front {
  /** The only authorities that its certificate may be of, in PEM. @default - the public ones */
  readonly certificateAuthority?: string;
}

/** Where an endpoint is reached from outside, as clients write it. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** @default - clients see the server's own certificate */
  readonly front?: Front;
}

/** `HOST:PORT`, with an address of IPv6 in brackets. */
export const hostPort = ({ host, port: number }: Address): string => `${bracketed(host)}:${number}`;

/** In the one way to write it that browsers and servers agree on: issuers are compared letter by letter. */
const bracketed = (host: string) => (isIPv6(host) ? new URL(`https://[${host}]`).hostname : host);

/** The URL of an address, without the port that its scheme implies. */
export const urlOf = ({ host, port: number }: Address, scheme: 'http' | 'https' = 'https'): string => {
  const implied = scheme === 'https' ? 443 : 80;
  return `${scheme}://${bracketed(host)}${number === implied ? '' : `:${number}`}`;
};
