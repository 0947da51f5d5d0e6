import type { Command } from 'commander'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { languages } from '../language/choose.ts'
import { speechIn } from '../language/speech-in.ts'
import { buildProgram } from './program.ts'
import { outputIn } from './show.ts'

const columns = 80

async function program(language: (typeof languages)[number]) {
  const output = outputIn(await speechIn(language), 'npx moltbot', () => undefined)
  const nothing = () => undefined
  return buildProgram({
    name: 'npx moltbot',
    terminal: { ...output, ask: async () => '' },
    config: {
      env: {},
      channels: async () => [],
      speech: output,
      stdout: nothing,
      stderr: nothing,
      setExitCode: nothing,
    },
    end: async () => undefined,
  })
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

async function helpTexts(language: (typeof languages)[number]): Promise<[string, string][]> {
  return withSubcommands(await program(language)).map((command) => {
    command.configureOutput({ getOutHelpWidth: () => columns })
    return [command.name(), command.helpInformation()]
  })
}

/** English words that are names or values in any language. */
const names = /--?[\w-]+|~?\/[\w./-]+|"[^"]*"|\b(?:npx|moltbot|puppet|id|or|and|help)\b/g
/** Three plain words in a row make a sentence. */
const englishSentence = /(?:\b[a-z]{2,}\b ){2}\b[a-z]{2,}\b/

const allTexts = (
  await Promise.all(
    languages.map(async (language) =>
      (await helpTexts(language)).map((text) => [language, ...text] as const),
    ),
  )
).flat()

describe('the help', () => {
  it.each(allTexts)('in %s of %s fits a terminal', (_language, _name, text) => {
    expect(text.split('\n').filter((line) => stringWidth(line) > columns)).toEqual([])
  })

  it.each(allTexts)('in %s of %s is in one language', (language, name, text) => {
    if (language === 'en') return expect(text).not.toMatch(/\p{Script=Han}/u)
    const lines = text.split('\n').filter((line) => !line.startsWith('用法'))
    // The names of commands are in the first column.
    const words = lines.map((line) =>
      line.replace(/^ {2}\S+(?: <?\[?[\w<>[\]|.]+)* {2,}/, '').replaceAll(names, ''),
    )
    expect(words.filter((line) => englishSentence.test(line))).toEqual([])
    expect(text, `${name} has a description`).toMatch(/\p{Script=Han}{4}/u)
  })

  it('calls the program as it is called here', async () => {
    expect((await program('en')).helpInformation()).toContain('Usage: npx moltbot [options]')
  })
})
