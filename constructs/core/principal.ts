/** A person or a group of people, as the identity provider names them. */
export interface Principal {
  readonly kind: 'user' | 'group';
  readonly name: string;
}
