import type { k8s } from '../core/k8s';
import { CLUSTER_PORT, OPS_PORT, SILENCE_SEC } from './config';

/** Retransmissions of one segment after which a connection counts as lost: half a minute without any answer. */
const LOST_AFTER = '00000006';

const CLUSTER_PORT_HEX = CLUSTER_PORT.toString(16).toUpperCase().padStart(4, '0');

/** Nobody closes connections to a controller whose node lost its power: a worker would wait for TCP to give up, a quarter of an hour. */
const HEARS = `cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '
  $3 ~ /:${CLUSTER_PORT_HEX}$/ && $4 == "01" { if ($7 > "${LOST_AFTER}") lost++; else alive++ }
  END { exit lost > 0 && !alive }' || exit 1`;

/**
 * A worker shows controllers the key that it made at its start, for ever: those with another database (a new one, or one
 * put back from before) refuse it. The file is of this very process, so that one which starts has as long.
 */
const isKnown = (controllers: string) => `known=/tmp/known-$(cut -d' ' -f22 /proc/1/stat)
state=$(wget -q -T 2 -O - 'http://127.0.0.1:${OPS_PORT}/health?worker_info=1' 2>/dev/null) || exit 0
case $state in *'"upstream_connection_state":"READY"'*) rm -f "$known" ;; esac
[ -e "$known" ] || { date +%s >"$known"; exit 0; }
[ $(($(date +%s) - $(cat "$known"))) -gt ${SILENCE_SEC} ] || exit 0
! nc -w 2 ${controllers} ${CLUSTER_PORT} </dev/null >/dev/null 2>&1`;

/**
 * Fails where only a new start helps a worker: all of its connections to controllers are lost, or controllers that
 * answer at `host` have not let it in for longer than its sessions last without them.
 */
export const workerLiveness = (host: string): k8s.Probe => ({
  exec: { command: ['sh', '-c', `${HEARS}\n${isKnown(host)}`] },
  periodSeconds: 10,
  timeoutSeconds: 5,
  // Sessions of one that hears nobody are over: there is nothing to wait for.
  terminationGracePeriodSeconds: 5,
});
