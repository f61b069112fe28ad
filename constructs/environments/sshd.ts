/** Port of sshd, which runs without root. */
export const SSH_PORT = 2222;
/** Port that an environment's own web server may use. */
export const WEB_PORT = 8080;

/** sshd for one unprivileged user: keys listed in platform.yaml, or certificates of Vault's authority. */
export const sshdConfig = (agentForwarding: boolean): string => `Port ${SSH_PORT}
HostKey /run/devenv/ssh_host_ed25519_key
PidFile none
# The kernel isolates this pod's one user; there is no second one to separate from.
UsePAM no
StrictModes no
PermitRootLogin no
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile /run/devenv/authorized_keys
TrustedUserCAKeys /etc/devenv/ca/user-ca.pub
RevokedKeys /run/devenv/revoked_keys
AuthorizedPrincipalsFile /run/devenv/principals
AllowUsers node
# Only who was let through by the network asks; a script or an agent may begin many sessions at one moment.
MaxStartups 100:30:200
AllowTcpForwarding yes
AllowStreamLocalForwarding yes
AllowAgentForwarding ${agentForwarding ? 'yes' : 'no'}
X11Forwarding no
PrintMotd no
ClientAliveInterval 30
ClientAliveCountMax 4
Subsystem sftp internal-sftp
`;

/** Runs first, because the environment's container mounts the file: an identity for whatever UID the pod has. */
const PREPARE_SCRIPT = `set -eu
sed '/^node:/d' /etc/passwd > /etc/devenv/identity/passwd
echo "node:x:$(id -u):$(id -g):node:/home/node:/bin/bash" >> /etc/devenv/identity/passwd
for folder in /workspace/.ssh-host /workspace/.vscode-server; do
  mkdir -p "$folder"
  if [ -O "$folder" ]; then chmod g+rwx "$folder"; fi
done
`;

/**
 * Runs second, with that identity, which ssh-keygen needs: makes a host key that outlives the pod.
 *
 * The key on the volume is the group's, as the pod may run as another user tomorrow; sshd wants one that is its own and
 * nobody else's, so it gets a copy. The public half becomes part of the pod's status, where who certifies it reads it:
 * that takes neither a route nor a right of the pod's, and the kubelet vouches for whose it is.
 */
const HOST_KEY_SCRIPT = `set -eu
kept=/workspace/.ssh-host/ssh_host_ed25519_key
key=/run/devenv/ssh_host_ed25519_key
make_key() { rm -f "$1" "$1.pub"; ssh-keygen -q -t ed25519 -N '' -C "$HOSTNAME" -f "$1"; }
if [ ! -s "$kept" ] && [ -w /workspace/.ssh-host ]; then
  make_key "$kept.new"
  mv "$kept.new.pub" "$kept.pub"
  mv "$kept.new" "$kept"
fi
if [ -O "$kept" ]; then chmod 0660 "$kept"; fi
rm -f "$key"
if [ -r "$kept" ]; then
  (umask 0077 && cat "$kept" > "$key")
else
  echo "$kept is another user's: the host key is a new one at every start until UID $(id -u) may read it" >&2
  make_key "$key"
fi
ssh-keygen -y -f "$key" > /dev/termination-log
`;

/**
 * Keeps what sshd reads in step with what is mounted, so that changed access and certificates need no restart. Names
 * that begin with DEVENV_ are its own until all variables are handed on: any other may be an environment's.
 */
const START_SCRIPT = `set -eu
DEVENV_CERTIFICATE=/run/devenv/ssh_host_ed25519_key-cert.pub
# Makes file $2 like the mounted $1, or empty where there is none; succeeds where that changed it.
follow() {
  DEVENV_FILE=$1
  [ -f "$DEVENV_FILE" ] || DEVENV_FILE=/dev/null
  cat "$DEVENV_FILE" > "$2.new" || return 1
  ! cmp -s "$2.new" "$2" 2>/dev/null && mv "$2.new" "$2"
}
refresh() {
  follow /etc/devenv/access/authorized_keys /run/devenv/authorized_keys || true
  follow "/etc/devenv/access/$HOSTNAME.principals" /run/devenv/principals || true
  # Without this file, or with one that it cannot read, sshd lets nobody in.
  follow /etc/devenv/revoked/revoked_keys /run/devenv/revoked_keys || true
  follow "/etc/devenv/host-certificates/$HOSTNAME" "$DEVENV_CERTIFICATE"
}
configure() {
  cat /etc/devenv/config/sshd_config /run/devenv/sshd_environment
  if [ -s "$DEVENV_CERTIFICATE" ]; then echo "HostCertificate $DEVENV_CERTIFICATE"; fi
} > /run/devenv/sshd_config
# Says to every terminal once, those too that are opened later, that the environment stops.
announce() {
  if follow /etc/devenv/notice/stop /run/devenv/notice; then : > /run/devenv/told; fi
  [ -s /run/devenv/notice ] || return 0
  for terminal in /dev/pts/[0-9]*; do
    [ -c "$terminal" ] && ! grep -qxF "$terminal" /run/devenv/told || continue
    echo "$terminal" >> /run/devenv/told
    # A terminal that its user holds must not hold up the others.
    timeout 2 printf '\\r\\n\\a%s\\r\\n' "$(cat /run/devenv/notice)" > "$terminal" 2>/dev/null || true
  done
}
refresh || true
ln -sfn /workspace/.vscode-server "$HOME/.vscode-server" 2>/dev/null || true
# In one line: sshd heeds only the first SetEnv.
{
  printf SetEnv
  for DEVENV_NAME in $DEVENV_VARIABLES; do
    # One that the cluster may put in, and did not, is none.
    eval "[ -n \\"\\\${$DEVENV_NAME+set}\\" ]" || continue
    eval "DEVENV_VALUE=\\"\\\${$DEVENV_NAME-}\\""
    printf ' "%s=%s"' "$DEVENV_NAME" "$(printf %s "$DEVENV_VALUE" | sed 's/[\\\\"]/\\\\&/g')"
  done
  echo
  # Everybody comes by one address, a worker's or a node's: one person's wrong keys must not shut out the others.
  if /usr/sbin/sshd -G -f /dev/null -o PerSourcePenalties=no >/dev/null 2>&1; then echo PerSourcePenalties no; fi
} > /run/devenv/sshd_environment
configure
# A host certificate is read at a start and by SIGHUP, which leaves sessions alone.
while sleep 5; do
  announce || true
  if refresh; then configure && kill -HUP $$ || true; fi
done &
exec /usr/sbin/sshd -D -e -f /run/devenv/sshd_config
`;

/** What a pod runs, by the names of its files. */
export const SCRIPTS = { prepare: PREPARE_SCRIPT, 'host-key': HOST_KEY_SCRIPT, start: START_SCRIPT };
