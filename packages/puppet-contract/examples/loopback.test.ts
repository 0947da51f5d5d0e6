/** The suite in a runner: node's own here, vitest and jest take the same lines. */
import { test } from 'node:test'
import { notApplicable, puppetContract } from 'wechaty-puppet-contract'
import { loopbackHarness } from './loopback-harness.ts'

for (const { name, run } of puppetContract(loopbackHarness)) test(name, run)

for (const { name, needs } of notApplicable(loopbackHarness)) test.skip(`${name} (needs ${needs.join(', ')})`)
