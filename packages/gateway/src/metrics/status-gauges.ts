/**
 * Current state, taken from the gateway's status at each scrape.
 */

import type { AccountState } from '@moltbot/channel-sdk'
import { Counter, Gauge, type Registry } from '@prometheus-io/client'
import type { GatewayStatus } from '../control/status.ts'
import { type GuardOwner, ownerLabels } from './labels.ts'

/** A record, so that the compiler misses a missing one. */
const states: Readonly<Record<AccountState, true>> = {
  idle: true,
  starting: true,
  scan: true,
  online: true,
  reconnecting: true,
  degraded: true,
  'logged-out': true,
  failed: true,
  disabled: true,
}

export function createStatusGauges(
  registry: Registry,
  guardOwner: GuardOwner,
): (status: GatewayStatus) => void {
  const gauges = register(registry)
  return (status) => {
    gauges.build.set({ version: status.version }, 1)
    gauges.healthy.set(Number(status.healthy))
    gauges.reloaded.set(Number(status.config.reloadError === undefined))
    if (status.pairing.pending !== undefined) gauges.pairing.set(status.pairing.pending)
    setTotal(gauges.restarts, status.restarts)
    setTotal(gauges.unhandled, status.unhandledErrors)
    // Accounts may have gone since the last scrape.
    gauges.state.reset()
    gauges.outbox.reset()
    gauges.setAside.reset()
    gauges.ownSetAside.set(status.setAside)
    showFiles(gauges, status.files)
    // Of an account that another gateway serves, that one shows the state.
    const own = status.accounts.filter(({ gateway }) => gateway === status.cluster?.name)
    for (const { channel, accountId, state, outbox, setAside } of own) {
      const owner = guardOwner({ channelId: channel, accountId })
      for (const one of Object.keys(states)) gauges.state.set({ ...owner, state: one }, Number(one === state))
      gauges.outbox.set({ ...owner, state: 'waiting' }, outbox.waiting)
      gauges.outbox.set({ ...owner, state: 'troubled' }, outbox.troubled)
      gauges.setAside.set(owner, setAside)
    }
  }
}

function showFiles(gauges: ReturnType<typeof register>, { disk, memory }: GatewayStatus['files']): void {
  gauges.diskLimit.set(disk.limit)
  gauges.disk.set({ state: 'in_use' }, disk.inUse)
  gauges.disk.set({ state: 'spare' }, disk.spare)
  setTotal(gauges.refused, disk.refused)
  setTotal(gauges.deleted, disk.deleted)
  gauges.memoryLimit.set(memory.limit)
  gauges.memory.set(memory.inUse)
  gauges.memoryWaiting.set(memory.waiting)
}

/** The status has the sum already. */
function setTotal(counter: Counter, total: number): void {
  counter.reset()
  counter.inc(total)
}

function register(registry: Registry) {
  const registers = [registry]
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers })
  const counter = (name: string, help: string) => new Counter({ name, help, registers })
  return {
    build: gauge('moltbot_build_info', 'Always 1; the version of the gateway is its label', 'version'),
    healthy: gauge('moltbot_healthy', '1: it runs, and nothing needs a person'),
    reloaded: gauge(
      'moltbot_config_last_reload_successful',
      '0: the configuration on disk could not be taken; the one before it is in use',
    ),
    pairing: gauge('moltbot_pairing_pending', 'Pairing requests without a decision'),
    restarts: counter('moltbot_restarts_total', 'Restarts within the process'),
    unhandled: counter('moltbot_unhandled_errors_total', 'Errors that no code handled'),
    state: gauge('moltbot_account_state', '1 for the state that an account is in', ...ownerLabels, 'state'),
    setAside: gauge('moltbot_rows_set_aside', 'Rows of an account that could not be read', ...ownerLabels),
    ownSetAside: gauge(
      'moltbot_gateway_rows_set_aside',
      'Rows of sessions and pairing that could not be read',
    ),
    diskLimit: gauge(
      'moltbot_files_disk_limit_bytes',
      'What all files may take on the disk (media.maxDiskMb)',
    ),
    disk: gauge(
      'moltbot_files_disk_bytes',
      'Files in use, and files that are deleted when their room is needed',
      'state',
    ),
    refused: counter('moltbot_files_refused_total', 'Files that were refused for want of room on the disk'),
    deleted: counter('moltbot_files_deleted_total', 'Files that were deleted for want of room on the disk'),
    memoryLimit: gauge('moltbot_files_memory_limit_bytes', 'Memory that running turns may hold for files'),
    memory: gauge('moltbot_files_memory_bytes', 'Memory that running turns hold for files'),
    memoryWaiting: gauge('moltbot_files_memory_waiting', 'Turns that wait for memory for their files'),
    outbox: gauge(
      'moltbot_outbox_parts',
      'Message parts that wait to be sent, and those that need a person',
      ...ownerLabels,
      'state',
    ),
  }
}
