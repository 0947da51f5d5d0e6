/**
 * The same behaviour on every kind of puppet, through a real gateway in a process of its own.
 */

import { behaviour } from './behaviour.ts'
import { ilink } from './stages/ilink.ts'
import { hostedOverTls, hostedPlain, inChild, inProcess } from './stages/mocks.ts'

for (const kind of [ilink, inProcess, hostedOverTls, hostedPlain, inChild]) behaviour(kind)
