import { must, run } from './run';

/** A group that nothing else on the machine runs as. */
const GROUP = '47110';
const TABLE = 'platform_test';

export interface Address {
  readonly address: string;
  readonly ports: readonly number[];
}

/** Holds a group of processes to this machine's loopback and to addresses named; whatever else they dial is refused. */
export class Confinement {
  /** Whether this machine can: it takes root, and a packet filter. */
  static async isPossible(): Promise<boolean> {
    const tools = await run('sh', ['-c', 'nft list tables && setpriv --regid 0 --clear-groups true']);
    return tools.code === 0;
  }

  static async to(allowed: readonly Address[]): Promise<Confinement> {
    const accept = allowed.map(({ address, ports }) => `ip daddr ${address} tcp dport { ${ports.join(', ')} } accept`);
    // Before the cluster's own rules turn a node port into a pod's address.
    const chain = [
      'type filter hook output priority -150;',
      `meta skgid != ${GROUP} accept`,
      'ip daddr 127.0.0.0/8 accept',
      // How a refusal itself is told.
      'icmp type destination-unreachable accept',
    ];
    const rules = [...chain, ...accept, 'add @refused { ip daddr . meta l4proto . th dport }', 'reject'].join('\n');
    await must('nft', ['-f', '-'], {
      // One of a run that was ended would still know what that one dialled.
      input: `table inet ${TABLE}\ndelete table inet ${TABLE}\ntable inet ${TABLE} {\nset refused { typeof ip daddr . meta l4proto . th dport; flags dynamic; size 1024; }\nchain out {\n${rules}\n}\n}`,
    });
    return new Confinement();
  }

  /** What a command line begins with, to run in there. */
  readonly prefix: readonly string[] = ['setpriv', '--regid', GROUP, '--clear-groups'];

  private constructor() {}

  /** Where it was refused to go so far: address, protocol and port. */
  async refused(): Promise<string[]> {
    const answer = JSON.parse(await must('nft', ['--json', 'list', 'set', 'inet', TABLE, 'refused']));
    const { elem = [] } = answer.nftables.find((item: object) => 'set' in item).set;
    return elem.map((element: { concat: unknown[] }) => element.concat.join(' '));
  }

  async end(): Promise<void> {
    await must('nft', ['delete', 'table', 'inet', TABLE]);
  }
}
