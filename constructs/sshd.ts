/** Port of sshd, which runs without root. */
export const SSH_PORT = 2222;
/** Port that an environment's own web server may use. */
export const WEB_PORT = 8080;

/** sshd for one unprivileged user: keys listed in platform.yaml, or certificates of Vault's authority. */
export const SSHD_CONFIG = `Port ${SSH_PORT}
HostKey /workspace/.ssh-host/ssh_host_ed25519_key
PidFile none
# The kernel isolates this pod's one user; there is no second one to separate from.
UsePAM no
StrictModes no
PermitRootLogin no
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile /run/devenv/authorized_keys
TrustedUserCAKeys /etc/devenv/ca/user-ca.pub
AuthorizedPrincipalsFile /run/devenv/principals
AllowUsers node
AllowTcpForwarding yes
AllowStreamLocalForwarding yes
X11Forwarding no
PrintMotd no
ClientAliveInterval 30
ClientAliveCountMax 4
Subsystem sftp internal-sftp
`;

/** Runs first, because the environment's container mounts the file: an identity for whatever UID the pod has. */
export const PREPARE_SCRIPT = `set -eu
cp /etc/passwd /run/devenv/passwd.new
sed -i '/^node:/d' /run/devenv/passwd.new
echo "node:x:$(id -u):$(id -g):node:/home/node:/bin/bash" >> /run/devenv/passwd.new
mv /run/devenv/passwd.new /run/devenv/passwd
mkdir -p /workspace/.ssh-host /workspace/.vscode-server
`;

/**
 * Makes a host key that outlives the pod, here because ssh-keygen needs the identity; and keeps what sshd reads in step
 * with the mounted ConfigMap, so that changed access needs no restart.
 */
export const START_SCRIPT = `set -eu
if [ ! -s /workspace/.ssh-host/ssh_host_ed25519_key ]; then
  rm -f /workspace/.ssh-host/*
  ssh-keygen -q -t ed25519 -N '' -C "$HOSTNAME" -f /workspace/.ssh-host/new
  mv /workspace/.ssh-host/new.pub /workspace/.ssh-host/ssh_host_ed25519_key.pub
  mv /workspace/.ssh-host/new /workspace/.ssh-host/ssh_host_ed25519_key
fi
# fsGroup may have opened the file to the group, which ssh-keygen and sshd refuse.
chmod 0600 /workspace/.ssh-host/ssh_host_ed25519_key
refresh() {
  for kind in authorized_keys principals; do
    file=/etc/devenv/access/$HOSTNAME.$kind
    [ -f "$file" ] || file=/dev/null
    cat "$file" > /run/devenv/$kind.new
    cmp -s /run/devenv/$kind.new /run/devenv/$kind 2>/dev/null || mv /run/devenv/$kind.new /run/devenv/$kind
  done
}
refresh
while sleep 5; do refresh; done &
ln -sfn /workspace/.vscode-server "$HOME/.vscode-server" 2>/dev/null || true
# In one line: sshd heeds only the first SetEnv.
{
  printf SetEnv
  for name in $DEVENV_VARIABLES; do
    eval "value=\\"\\\${$name-}\\""
    printf ' "%s=%s"' "$name" "$(printf %s "$value" | sed 's/[\\\\"]/\\\\&/g')"
  done
  echo
} > /run/devenv/sshd_environment
cat /etc/devenv/config/sshd_config /run/devenv/sshd_environment > /run/devenv/sshd_config
exec /usr/sbin/sshd -D -e -f /run/devenv/sshd_config
`;
