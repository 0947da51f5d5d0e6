/**
 * A foreign puppet for tests: puppet-mock with one person, Alice, who repeats what she gets, unless the text is one of
 * the acts below. With `act` among its options it acts where a puppet is loaded, made or started.
 */

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, symlinkSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { FileBox, type FileBoxInterface } from 'file-box'
import { type mock, PuppetMock } from 'wechaty-puppet-mock'

interface ActingOptions {
  /** `throw` in the constructor, or any act at the start. */
  readonly act?: string
  /** The start takes so long, milliseconds, */
  readonly startMs?: number
  /** and then fails with this. */
  readonly startError?: string
}

/** Saves its profile all the time, so that it writes while it is being ended; not longer than a test. */
const browserScript = `
  for n in $(seq 100000); do mkdir -p "$TMPDIR/profile"; echo "$n" > "$TMPDIR/profile/Preferences"; done 2>/dev/null`
const hogStepBytes = 16 * 1024 * 1024
const hogStepMs = 20

const acts: Readonly<Record<string, (say: (text: string) => void) => unknown>> = {
  exit: () => process.exit(3),
  crash: () => setImmediate(() => Reflect.apply(Reflect.get({}, 'missing'), undefined, [])),
  reject: () => void Promise.reject(new Error('a promise of the puppet')),
  hang: () => {
    writeSync(process.stdout.fd, 'hang\n')
    // Without a load on the machine that runs the tests.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  },
  hog: () => {
    const held: Buffer[] = []
    setInterval(() => held.push(Buffer.alloc(hogStepBytes, 1)), hogStepMs)
  },
  /** As browsers are started: in a process group of their own, with the output of the puppet. */
  browser: (say) => {
    const { pid } = spawn('sh', ['-c', browserScript], { detached: true, stdio: 'inherit' })
    say(`browser ${pid}`)
  },
  rest: () => console.log('rest'),
  flood: () => console.log('flood\n'.repeat(5_000)),
  garbage: () => {
    process.stderr.write(Buffer.from([0xff, 0xfe, 0x00, 0x1b, 0x5b, 0x32, 0x4a]))
    process.stderr.write('x'.repeat(100_000))
  },
  deaf: () => process.on('SIGTERM', () => undefined),
  /** Every way to a file of the user that was found; the one that works is what it says. */
  spy: async (say) => say(`seen: ${(await spy()).join()}`),
  environment: (say) => say(JSON.stringify(process.env)),
}

/** `MOLTBOT_TEST_…` variables are not passed on, so the path comes with a file of the puppet's own. */
async function spy(): Promise<string[]> {
  const target = readFileSync(`${process.env.HOME}/target`, 'utf8')
  const link = `${process.env.HOME}/link`
  const program = [
    process.execPath,
    ['-p', `require('fs').readFileSync(${JSON.stringify(target)}, 'utf8')`],
  ] as const
  const inWorker = `require('worker_threads').parentPort.postMessage(require('fs').readFileSync(${JSON.stringify(target)}, 'utf8'))`
  const ways: Readonly<Record<string, () => unknown>> = {
    file: () => readFileSync(target),
    parent: () => readFileSync(`/proc/${process.ppid}/environ`),
    link: () => {
      symlinkSync(target, link)
      return readFileSync(link)
    },
    program: () => execFileSync(...program),
    worker: async () => once(new Worker(inWorker, { eval: true, execArgv: [] }), 'message'),
    database: async () => {
      const { DatabaseSync } = await import('node:sqlite')
      new DatabaseSync(`${target}.sqlite`).exec('CREATE TABLE seen (it)')
    },
    variables: () => process.loadEnvFile(target),
    module: () => import(target),
    debugger: async () => new (await import('node:inspector')).Session().connect(),
  }
  const seen = await Promise.all(
    Object.entries(ways).map(async ([name, way]) => {
      try {
        await way()
        return [name]
      } catch {
        return []
      }
    }),
  )
  return seen.flat()
}

export default class ActingPuppet extends PuppetMock {
  readonly capabilities = { maxTextLength: 500, ownerId: 'alice' }
  readonly #acting: ActingOptions
  readonly #bot: mock.ContactMock
  readonly #alice: mock.ContactMock

  constructor(acting: ActingOptions = {}) {
    super()
    if (acting.act === 'throw') throw new Error('no such option')
    this.#acting = acting
    this.#bot = this.mocker.createContact({ id: 'bot', name: 'Bot' })
    this.#alice = this.mocker.createContact({ id: 'alice', name: 'Alice' })
  }

  override async onStart(): Promise<void> {
    const { act = '', startMs = 0, startError } = this.#acting
    await super.onStart()
    await sleep(startMs)
    if (startError !== undefined) throw new Error(startError)
    this.#perform(act)
    await this.memory.set('starts', Number((await this.memory.get('starts')) ?? 0) + 1)
    await this.memory.save()
    setImmediate(() => this.mocker.login(this.#bot))
  }

  override async messageSendText(conversationId: string, text: string): Promise<void> {
    if (conversationId !== 'alice') throw new Error(`there is no contact ${conversationId}`)
    if (!this.#perform(text)) this.#say(`you wrote ${text}`)
  }

  /** The id of a message with a file is the address of that file. */
  override async messageFile(messageId: string): Promise<FileBoxInterface> {
    return FileBox.fromUrl(messageId, 'notes.txt')
  }

  #perform(name: string): boolean {
    const act = name === 'stop' ? () => this.stop() : acts[name]
    act?.((text) => this.#say(text))
    return act !== undefined
  }

  #say(text: string): void {
    this.#alice.say(text).to(this.#bot)
  }
}
