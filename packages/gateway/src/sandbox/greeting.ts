/**
 * The first lines that a person reads of the sandbox: what runs, and where to try it.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Simulator } from 'ilink-simulator'
import { labelled } from '../cli/labelled.ts'
import { type Output, print } from '../cli/show.ts'
import { connectGateway } from '../control/client.ts'
import type { Gateway } from '../gateway-types.ts'

const lookEveryMs = 50

/** Greets when every account is online, unless `leaving` fires before. */
export async function greetWhenOnline(
  gateway: Gateway,
  simulator: Simulator,
  leaving: AbortSignal,
  output: Output,
): Promise<void> {
  let status = await gateway.status()
  while (!leaving.aborted && !status.accounts.every(({ state }) => state === 'online')) {
    await sleep(lookEveryMs)
    status = await gateway.status()
  }
  if (leaving.aborted) return
  const { link } = await connectGateway(status.stateDir).call('dashboardLink')
  greet(`${gateway.url}/#link=${link}&page=phone`, gateway, simulator, output)
}

function greet(phone: string, { url }: Gateway, simulator: Simulator, output: Output): void {
  const { say } = output
  print(
    output,
    say('The sandbox is running. Talk to the bot on a phone in the browser (the link works once):'),
    `  ${phone}`,
    '',
    labelled(say('gateway'), say('{url}, with the builtin echo as its model', { url })),
    labelled(
      say('backend'),
      say('{url}, a simulated WeChat (iLink) on this machine', { url: simulator.url }),
    ),
    labelled(say('account'), say('"default", logged in by a simulated person')),
    '',
    say('Or write to the bot in a second terminal, and make another link:'),
    `  ${say('moltbot sandbox say "hello"')}`,
    `  ${say('moltbot dashboard --sandbox')}`,
    '',
    say('Ctrl-C stops everything.'),
  )
}
