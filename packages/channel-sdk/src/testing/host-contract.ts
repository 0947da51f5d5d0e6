/**
 * The contract between host and channel as a list of cases, for any test runner: each passes on a host that a channel
 * can rely on. A host's test loops over them, see the README.
 */

import { lifecycleCases } from './contract/lifecycle-cases.ts'
import { pairingCases } from './contract/pairing-cases.ts'
import { promptCases } from './contract/prompt-cases.ts'
import { turnCases } from './contract/turn-cases.ts'
import type { HostContractCase } from './host-harness.ts'

export const hostContract: readonly HostContractCase[] = [
  ...lifecycleCases,
  ...turnCases,
  ...promptCases,
  ...pairingCases,
]
