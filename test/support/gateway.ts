/**
 * A real gateway as a child process, read through its stable log format.
 */

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningProcess, runNode, startNode, until } from './process.ts'

const bin = 'packages/gateway/bin/moltbot.js'

export type LogLine = Readonly<Record<string, unknown>>

export interface RunningGateway extends RunningProcess {
  /** Every line of stdout, parsed. @throws if one is not a JSON object */
  readonly lines: () => LogLine[]
  /** Waits for the first line with these fields. @throws after `timeoutMs` */
  readonly line: (fields: LogLine, timeoutMs?: number) => Promise<LogLine>
  /** Sends SIGTERM and resolves with the exit code. */
  readonly stop: () => Promise<number | NodeJS.Signals>
}

/** A separate folder for a gateway, with its configuration and state. */
export class GatewayHome {
  readonly folder = mkdtempSync(join(tmpdir(), 'moltbot-home-'))
  readonly stateDir = join(this.folder, 'state')
  readonly configPath = join(this.folder, 'config.json5')
  readonly #env: NodeJS.ProcessEnv
  readonly #file: string
  readonly #running: RunningGateway[] = []

  /** @param file the script that is run instead of `moltbot`, with the same arguments */
  constructor(config: object, env: NodeJS.ProcessEnv = {}, file = bin) {
    this.#env = { ...env, MOLTBOT_STATE_DIR: this.stateDir, HOME: this.folder }
    this.#file = file
    this.configure(config)
  }

  configure(config: object): void {
    writeFileSync(this.configPath, JSON.stringify(config, undefined, 2))
  }

  /** Starts `gateway run` on a free port, without waiting until it is ready. */
  start(...args: string[]): RunningGateway {
    return this.startUnder([], ...args)
  }

  /** As `start`, with more variables in its environment. */
  startWith(env: NodeJS.ProcessEnv): RunningGateway {
    return this.#run([], [], env)
  }

  /** As `start`, by a command that starts Node in its turn, such as a tracer. */
  startUnder(command: readonly string[], ...args: string[]): RunningGateway {
    return this.#run(command, args)
  }

  #run(command: readonly string[], args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningGateway {
    const options = ['gateway', 'run', '--config', this.configPath, '--port', '0', '--log-format', 'json']
    const child = startNode(this.#file, [...options, ...args], { ...this.#env, ...env }, command)
    const gateway = Object.assign(child, readLog(child))
    this.#running.push(gateway)
    return gateway
  }

  /** Starts and waits for `gateway.ready`. */
  async startReady(): Promise<RunningGateway> {
    const gateway = this.start()
    await gateway.line({ event: 'gateway.ready' })
    return gateway
  }

  /** Starts another command of the CLI with this home, for a command with input. */
  startMoltbot(...args: string[]): RunningProcess {
    return startNode(bin, args, this.#env)
  }

  /** Runs another command of the CLI with this home to its end. */
  moltbot(...args: string[]) {
    return runNode(bin, args, this.#env)
  }

  /** Kills the processes that are still running. */
  async dispose(): Promise<void> {
    for (const gateway of this.#running) gateway.kill('SIGKILL')
    await Promise.all(this.#running.map((gateway) => gateway.exited))
  }
}

function readLog(child: RunningProcess) {
  const lines = () => completeLines(child.stdout()).map((line): LogLine => JSON.parse(line))
  const context = () => `stdout:\n${child.stdout()}\nstderr:\n${child.stderr()}`
  return {
    lines,
    line: (fields: LogLine, timeoutMs?: number) =>
      until(() => lines().find((line) => has(line, fields)), context, timeoutMs),
    stop: () => {
      child.kill('SIGTERM')
      return child.exited
    },
  }
}

function completeLines(text: string): string[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
}

function has(line: LogLine, fields: LogLine): boolean {
  return Object.entries(fields).every(([key, value]) => line[key] === value)
}
