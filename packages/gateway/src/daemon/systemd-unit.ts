/**
 * The unit of systemd. A user's own manager can only harden a service in ways that need no privilege; the machine's can also
 * close the file system to it.
 */

import { dirname } from 'node:path'
import { type Daemon, environmentOf, ownMark } from './daemon.ts'

/** Longer than the longest `gateway.shutdownTimeoutMs`. */
const stopTimeoutSeconds = 90

export function systemdUnit(daemon: Daemon): string {
  const { user } = daemon
  return [
    `# ${ownMark}`,
    '[Unit]',
    'Description=moltbot, AI agents in WeChat',
    ...(user === undefined
      ? []
      : ['After=network-online.target postgresql.service', 'Wants=network-online.target']),
    '',
    '[Service]',
    ...(user === undefined ? [] : [`User=${user}`]),
    `ExecStart=${[daemon.node, daemon.bin, 'gateway', 'run', '--config', daemon.config].map(argument).join(' ')}`,
    'ExecReload=/bin/kill -HUP $MAINPID',
    `WorkingDirectory=${plain(dirname(daemon.config))}`,
    ...environmentOf(daemon).map(([name, value]) => `Environment=${setting(name, value)}`),
    'Restart=on-failure',
    'RestartSec=5',
    '# The configuration is wrong: starting again does not help.',
    'RestartPreventExitStatus=78',
    `TimeoutStopSec=${stopTimeoutSeconds}`,
    '# Not here: MemoryDenyWriteExecute, because Node compiles at run time, and RestrictNamespaces, because a puppet may drive',
    '# a Chromium, whose sandbox needs namespaces.',
    'UMask=0077',
    'NoNewPrivileges=true',
    'LockPersonality=true',
    'RestrictRealtime=true',
    'RestrictSUIDSGID=true',
    'SystemCallArchitectures=native',
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
    ...(user === undefined ? [] : closedFileSystem(daemon)),
    '',
    '[Install]',
    `WantedBy=${user === undefined ? 'default.target' : 'multi-user.target'}`,
    '',
  ].join('\n')
}

/** A folder that does not exist yet, `-`, keeps the service from nothing. */
function closedFileSystem({ writable }: Daemon): string[] {
  return [
    'ProtectSystem=strict',
    'ProtectHome=read-only',
    `ReadWritePaths=${writable.map((folder) => argument(`-${folder}`)).join(' ')}`,
    'PrivateTmp=true',
    'PrivateDevices=true',
    'ProtectClock=true',
    'ProtectControlGroups=true',
    'ProtectHostname=true',
    'ProtectKernelLogs=true',
    'ProtectKernelModules=true',
    'ProtectKernelTunables=true',
    'CapabilityBoundingSet=',
  ]
}

/** systemd expands `%` everywhere, and `$` in commands. */
const argument = (text: string) => `"${escaped(text).replaceAll('$', () => '$$')}"`
const setting = (name: string, value: string) => `"${name}=${escaped(value)}"`
const plain = (path: string) => path.replaceAll('%', '%%')
const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')
