/**
 * The command line of `moltbot`: its language, where it writes, and how it ends.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import { CommanderError } from 'commander'
import { widthOf } from '../fold.ts'
import { langOption, languageOf, parseLanguage } from '../language/choose.ts'
import { english } from '../language/speech.ts'
import { speechIn } from '../language/speech-in.ts'
import { complain, endWell, exitCodes } from './failure.ts'
import type { Terminal } from './login-command.ts'
import { ownCommand } from './own-command.ts'
import { buildProgram } from './program.ts'
import { type Output, outputIn } from './show.ts'

async function run(args: readonly string[]): Promise<void> {
  const name = ownCommand({ env: process.env, bin: process.argv[1] ?? '', cwd: process.cwd() })
  const speech = await speechIn(parseLanguage(langOption(args) ?? '') ?? languageOf(process.env))
  const write = (text: string) => void process.stdout.write(text)
  const output = outputIn(speech, name, write, widthOf(process.stdout))
  const program = buildProgram({
    name,
    terminal: terminalOf(output),
    config: {
      env: process.env,
      channels: async () => (await import('../extensions/discover.ts')).loadInstalledPlugins(),
      speech: output,
      stdout: (text) => process.stdout.write(`${text}\n`),
      stderr: complain,
      setExitCode: (code) => {
        process.exitCode = code
      },
    },
    end: (command) => endWell(command, output),
  })
  await program.parseAsync(args, { from: 'user' })
}

function terminalOf(output: Output): Terminal {
  const ask = async (question: string, signal: AbortSignal) => {
    const { createInterface } = await import('node:readline/promises')
    const lines = createInterface({ input: process.stdin, output: process.stdout })
    lines.once('SIGINT', () => process.exit(exitCodes.interrupted))
    const ended = new Promise<never>((_, reject) => {
      lines.once('close', () =>
        reject(
          new MoltbotError(
            'no-input',
            english('the digits cannot be typed here, because the input has ended'),
          ),
        ),
      )
    })
    try {
      return await Promise.race([lines.question(`${question} `, { signal }), ended])
    } finally {
      lines.close()
    }
  }
  return { ...output, ask }
}

// `ps` shows the arguments to everybody on the machine.
if (process.argv.some((arg) => /^(?:--to=)?postgres(?:ql)?:\/\//.test(arg))) process.title = 'moltbot'
process.stdout.on('error', () => process.exit()) // Its reader has ended.

try {
  await run(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? exitCodes.fine : exitCodes.usage
}
