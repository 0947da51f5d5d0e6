// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shells write their variables like that
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { describe, expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { completionScript, type Shell, shells } from './completion.ts'

function program(): Command {
  const root = new Command('moltbot').version('1')
  const gateway = root.command('gateway').description("the gateway's own: it")
  gateway
    .command('run')
    .description('run it')
    .option('--config <file>', 'a file')
    .addOption(new Option('--format <name>', 'form').choices(['human', 'json']))
  gateway.command('restart').description('$(touch no) `touch no`')
  root.command('logs').option('-f, --follow', 'go on')
  return root
}

const has = (shell: Shell) => spawnSync(shell, ['-c', 'true']).status === 0

/** What the shell offers for the last of the words. */
function complete(shell: Shell, words: readonly string[]): string[] {
  const file = join(scratch(), 'completion')
  writeFileSync(file, completionScript(program(), shell))
  const run = (script: string, ...args: string[]) =>
    execFileSync(shell, ['-c', script, shell, file, ...args], { encoding: 'utf8', cwd: scratch() })
  const answer = {
    bash: () =>
      run(
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _moltbot; printf "%s\\n" "${COMPREPLY[@]}"',
        ...words,
      ),
    zsh: () =>
      run(
        'compdef() { : }; _describe() { print -rl -- "${(@P)2}" }; compadd() { shift; print -rl -- "$@" }; _files() { : }; source "$1"; shift; words=("$@"); CURRENT=$#; _moltbot',
        ...words,
      ),
    fish: () => run('source $argv[2]; complete -C (string join " " -- $argv[3..-1])', ...words),
  }[shell]()
  return answer
    .split('\n')
    .map((line) => line.split(/[:\t]/)[0] ?? '')
    .filter((word) => word !== '')
    .toSorted()
}

describe.each(shells)('the completion for %s', (shell) => {
  const offered = it.skipIf(!has(shell))

  offered.each([
    [
      ['moltbot', 'gateway', ''],
      ['restart', 'run'],
    ],
    [
      ['moltbot', 'gateway', 'run', '--format', ''],
      ['human', 'json'],
    ],
    [['moltbot', 'logs', '--f'], ['--follow']],
  ])('offers what may follow %j', (words, expected) => {
    // zsh filters what it is offered by itself, and fish offers options only after a dash.
    expect(complete(shell, words)).toEqual(expected)
  })

  offered('runs nothing of a description', () => {
    expect(complete(shell, ['moltbot', 'gateway', 'r'])).toContain('restart')
    expect(completionScript(program(), shell)).not.toContain('undefined')
  })
})
