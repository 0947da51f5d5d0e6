// The command line: starts one simulator and says where it is.

import { parseArgs } from 'node:util'
import { type Simulator, startSimulator } from './simulator.ts'

const usage = `Usage: ilink-simulator [options]

A loopback backend for Tencent's iLink bot API. State lives in memory only.

  --port <n>      port to listen on; 0, the default, takes any free one
  --host <name>   address to listen on; default 127.0.0.1
  --hold-ms <n>   how long getupdates is held; default 35000
  --json          print one line {"url","cdnUrl","controlUrl"} and nothing else
  --help          print this`

const options = {
  port: { type: 'string', default: '0' },
  host: { type: 'string', default: '127.0.0.1' },
  'hold-ms': { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** Runs until SIGTERM, SIGINT, or the parent's end when it was started with an IPC channel. */
export async function main(args: string[]): Promise<void> {
  try {
    const { values } = parseArgs({ args, options })
    if (values.help) {
      console.log(usage)
      return
    }
    const simulator = await startSimulator({
      host: values.host,
      port: wholeNumber('--port', values.port),
      ...(values['hold-ms'] !== undefined && { holdMs: wholeNumber('--hold-ms', values['hold-ms']) }),
    })
    announce(simulator, values.json)
    endOn(simulator)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}

function announce({ url, cdnUrl, controlUrl }: Simulator, asJson: boolean): void {
  const lines = [
    `bot API      ${url}/ilink/bot/`,
    `CDN          ${cdnUrl}`,
    `control API  ${controlUrl}/control/`,
  ]
  console.log(asJson ? JSON.stringify({ url, cdnUrl, controlUrl }) : lines.join('\n'))
}

function endOn(simulator: Simulator): void {
  const end = async () => {
    await simulator.close()
    process.exit(0)
  }
  process.once('SIGTERM', end).once('SIGINT', end)
  if (process.connected) process.once('disconnect', end)
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${flag} expects a whole number, not "${text}"`)
  return Number(text)
}
