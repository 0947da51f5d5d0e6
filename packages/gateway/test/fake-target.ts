/**
 * The target of a control plane in tests: each member fails until a test defines it.
 */

import type { ControlTarget } from '../src/control/target.ts'
import { EventHub } from '../src/events/event-hub.ts'

const notAsked = () => {
  throw new Error('the test has not defined this member')
}

export function fakeTarget(changes: Partial<ControlTarget>): ControlTarget {
  return {
    ready: () => true,
    accountIds: () => [],
    account: async () => notAsked(),
    changeAccount: async () => notAsked(),
    events: new EventHub({ onError: notAsked }),
    status: async () => notAsked(),
    metrics: async () => notAsked(),
    log: notAsked,
    messages: async () => notAsked(),
    messageFile: async () => notAsked(),
    usage: async () => notAsked(),
    showsTexts: () => true,
    programs: notAsked,
    publicHosts: () => [],
    config: async () => notAsked(),
    pairing: notAsked,
    revoke: async () => notAsked(),
    submitVerifyCode: async () => notAsked(),
    notifyApproved: async () => notAsked(),
    receiveAgain: async () => undefined,
    admissionsChanged: async () => notAsked(),
    peers: () => undefined,
    drain: async () => notAsked(),
    send: async () => notAsked(),
    schedules: async () => notAsked(),
    schedule: async () => notAsked(),
    runDue: async () => undefined,
    changeSchedule: async () => notAsked(),
    forecast: async () => notAsked(),
    listOutbox: async () => notAsked(),
    changeOutbox: async () => notAsked(),
    listWebhooks: async () => notAsked(),
    changeWebhooks: async () => notAsked(),
    state: async () => notAsked(),
    explain: async () => notAsked(),
    tools: async () => notAsked(),
    logout: async () => notAsked(),
    probe: async () => notAsked(),
    stop: notAsked,
    restart: notAsked,
    reload: async () => notAsked(),
    ...changes,
  }
}
