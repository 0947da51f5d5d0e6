/**
 * The gateway of a soak: one that reports what it holds.
 */

import './probe.ts'
import '../support/gateway-with-mock.ts'
