/**
 * What a host owes a channel from reading its configuration to stopping it.
 */

import assert from 'node:assert/strict'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { HostContractCase } from '../host-harness.ts'
import { eventually, inTime, onStage, replyTo, turnSaying } from './stage.ts'

export const lifecycleCases: readonly HostContractCase[] = [
  {
    name: 'hands the channel what its schema made of the configuration',
    run: (harness) =>
      onStage(
        harness,
        { channelConfig: { accounts: { a: {}, b: { enabled: false } } } },
        async ({ probe }) => {
          const accounts = [
            { id: 'a', enabled: true },
            { id: 'b', enabled: false },
          ]
          assert.deepEqual(
            probe.created.map(({ config }) => config),
            [{ accounts }],
          )
        },
      ),
  },
  {
    name: 'does not start on a configuration that the channel refuses, and says which key is wrong',
    run: (harness) => {
      const channelConfig = { accounts: { a: { enabled: 'perhaps' } } }
      return onStage(harness, { channelConfig, started: false }, async ({ probe, restart }) => {
        await assert.rejects(restart(), /accounts\.a\.enabled/)
        assert.deepEqual(probe.created, [], 'the channel was created all the same')
      })
    },
  },
  {
    name: 'gives a private folder of its own that outlives a restart',
    run: (harness) =>
      onStage(harness, {}, async ({ host, stateDir, restart }) => {
        const folder = host().stateDir
        assert.match(relative(stateDir, folder), /^[^.]/, 'the folder is not inside the state directory')
        assert.deepEqual(await readdir(folder), [], 'something else lives in the channel’s folder')
        if (process.platform !== 'win32') assert.equal((await stat(folder)).mode & 0o777, 0o700)
        await writeFile(join(folder, 'kept'), 'yes')
        await restart()
        assert.equal(host().stateDir, folder)
        assert.equal(await readFile(join(folder, 'kept'), 'utf8'), 'yes')
      }),
  },
  {
    name: 'says how long channels gather and wait',
    run: (harness) =>
      onStage(harness, {}, async ({ host }) => {
        const { debounceMs, mediaWaitMs, progressAfterMs } = host()
        assert.ok(debounceMs >= 0, `debounceMs is ${debounceMs}`)
        assert.ok(mediaWaitMs >= 0, `mediaWaitMs is ${mediaWaitMs}`)
        assert.ok(progressAfterMs >= 0, `progressAfterMs is ${progressAfterMs}`)
      }),
  },
  {
    name: 'starts each enabled account once and no other',
    run: (harness) => {
      const channelConfig = { accounts: { a: {}, b: { enabled: false }, c: { enabled: true } } }
      return onStage(harness, { channelConfig }, async ({ probe, stop }) => {
        await eventually('both accounts are started', () => probe.starts.length >= 2)
        await stop()
        assert.deepEqual(probe.starts.toSorted(), ['a', 'c'])
      })
    },
  },
  {
    name: 'lives on, with the other accounts, when one cannot be started',
    run: (harness) =>
      onStage(harness, { brokenAccount: 'a' }, async ({ probe, host, logText }) => {
        await eventually('the other account is started', () => probe.starts.includes('b'))
        await eventually('the failure is in the log', () => logText().includes('is meant to fail'))
        assert.equal(await replyTo(host(), turnSaying('hello', { accountId: 'b' })), 'reply to: hello')
      }),
  },
  {
    name: 'stops the channel once and waits for it',
    run: async (harness) => {
      const onStop = () => new Promise<void>((resolve) => setImmediate(resolve))
      await onStage(harness, { onStop }, async ({ probe, stop }) => {
        await stop()
        assert.equal(probe.stops.length, 1)
        const [last] = probe.stops
        assert.ok(last?.ended, 'the host did not wait for the channel to stop')
        assert.ok(Number.isFinite(last.deadlineMs) && last.deadlineMs > 0, `deadlineMs is ${last.deadlineMs}`)
      })
    },
  },
  {
    name: 'stops in the end although the channel does not',
    run: (harness) =>
      onStage(harness, { onStop: () => new Promise<void>(() => {}) }, ({ stop }) => inTime('stop', stop())),
  },
  {
    name: 'logs what the channel logs, without the secrets that it registered',
    run: (harness) =>
      onStage(harness, {}, async ({ host, logText }) => {
        const secret = 'registered-by-the-channel'
        host().registerSecret(secret)
        host()
          .log.child({ token: secret })
          .info({ nested: { token: secret } }, `the token is ${secret}.`)
        await eventually('the line is in the log', () => logText().includes('the token is'))
        assert.ok(!logText().includes(secret), 'the secret is in the log')
      }),
  },
]
