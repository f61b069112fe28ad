import { readFileSync } from 'node:fs';
import type { IssuerAuthority } from '../../../constructs/services/identity-provider';

export type { IssuerAuthority };

/** The only authorities that an issuer's certificate may be of, in PEM and one text; undefined for the public ones. */
export const authorityOf = ({ caFile, ca }: IssuerAuthority): string | undefined =>
  caFile ? readFileSync(caFile, 'utf8') : ca;

/** Each of them by itself, for whoever reads no more than one in a text. */
export const authoritiesOf = (authority: IssuerAuthority): string[] | undefined =>
  authorityOf(authority)
    ?.split(/(?<=-----END CERTIFICATE-----)\s*/)
    .filter((text) => text !== '');
