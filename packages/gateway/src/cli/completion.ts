// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shells write their variables like that
/**
 * `completion`: a script that completes the commands and options of moltbot in a shell, made from the commands themselves.
 */

import type { Command, Option } from 'commander'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** A command with what may follow it. */
interface Place {
  /** ` gateway run`; empty for the program. */
  readonly path: string
  readonly commands: readonly Word[]
  readonly options: readonly CompletedOption[]
}

interface Word {
  readonly word: string
  readonly description: string
}

interface CompletedOption extends Word {
  readonly takesValue: boolean
  readonly choices: readonly string[]
}

export function completionScript(program: Command, shell: Shell): string {
  const places = placesOf(program, '')
  const make = { bash, zsh, fish }[shell]
  return `${make(places).join('\n')}\n`
}

function placesOf(command: Command, path: string): Place[] {
  const commands = command.commands.filter((one) => one.name() !== 'help')
  const options = command.options.filter(({ long }) => long != null)
  return [
    {
      path,
      commands: commands.map((one) => ({ word: one.name(), description: one.description() })),
      options: options.map(completed),
    },
    ...commands.flatMap((one) => placesOf(one, `${path} ${one.name()}`)),
  ]
}

function completed({ long, description, required, optional, argChoices = [] }: Option): CompletedOption {
  return { word: long ?? '', description, takesValue: required || optional, choices: argChoices }
}

const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`
const wordsOf = ({ commands, options }: Place) => [...commands, ...options].map(({ word }) => word)
const pathsOf = (places: readonly Place[]) => places.map(({ path }) => path).filter((path) => path !== '')

/** Options that take a value, with the place where they are known. */
function valuesOf(places: readonly Place[]) {
  return places.flatMap(({ path, options }) =>
    options.filter(({ takesValue }) => takesValue).map((option) => ({ path, ...option })),
  )
}

/** A file is completed where a value without choices is wanted. */
function bash(places: readonly Place[]): string[] {
  return [
    '# moltbot completion bash >> ~/.bashrc',
    '_moltbot() {',
    '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" place="" word',
    '  COMPREPLY=()',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "$place $word" in',
    `      ${pathsOf(places).map(quoted).join('|')}) place="$place $word" ;;`,
    '    esac',
    '  done',
    '  case "$place $prev" in',
    ...valuesOf(places).map(
      ({ path, word, choices }) =>
        `    ${quoted(`${path} ${word}`)}) ${choices.length === 0 ? '' : `COMPREPLY=($(compgen -W ${quoted(choices.join(' '))} -- "$cur")); `}return ;;`,
    ),
    '  esac',
    '  case "$place" in',
    ...places.map(
      (place) =>
        `    ${quoted(place.path)}) COMPREPLY=($(compgen -W ${quoted(wordsOf(place).join(' '))} -- "$cur")) ;;`,
    ),
    '  esac',
    '}',
    'complete -o default -F _moltbot moltbot',
  ]
}

function zsh(places: readonly Place[]): string[] {
  const described = ({ word, description }: Word) => quoted(`${word.replaceAll(':', '\\:')}:${description}`)
  return [
    '#compdef moltbot',
    '# moltbot completion zsh > a file named _moltbot in a folder of $fpath, or: source <(moltbot completion zsh)',
    '_moltbot() {',
    '  local place="" word',
    '  for word in "${(@)words[2,CURRENT-1]}"; do',
    '    case "$place $word" in',
    `      (${pathsOf(places).map(quoted).join('|')}) place="$place $word" ;;`,
    '    esac',
    '  done',
    '  case "$place ${words[CURRENT-1]}" in',
    ...valuesOf(places).map(
      ({ path, word, choices }) =>
        `    (${quoted(`${path} ${word}`)}) ${choices.length === 0 ? '_files' : `compadd -- ${choices.map(quoted).join(' ')}`}; return ;;`,
    ),
    '  esac',
    '  local -a found',
    '  case "$place" in',
    ...places.map(
      ({ path, commands, options }) =>
        `    (${quoted(path)}) found=(${[...commands, ...options].map(described).join(' ')}) ;;`,
    ),
    '  esac',
    "  _describe 'moltbot' found || _files",
    '}',
    'if [ "$funcstack[1]" = "_moltbot" ]; then _moltbot "$@"; else compdef _moltbot moltbot; fi',
  ]
}

function fish(places: readonly Place[]): string[] {
  const at = (path: string) => `-n ${quoted(`__moltbot_at "${path}"`)}`
  return [
    '# moltbot completion fish > ~/.config/fish/completions/moltbot.fish',
    'function __moltbot_at',
    '  set -l place ""',
    '  for word in (commandline -opc)[2..-1]',
    `    contains -- "$place $word" ${pathsOf(places).map(quoted).join(' ')}; and set place "$place $word"`,
    '  end',
    '  test "$place" = "$argv[1]"',
    'end',
    'complete -c moltbot -f',
    ...places.flatMap(({ path, commands, options }) => [
      ...commands.map(
        ({ word, description }) => `complete -c moltbot ${at(path)} -a ${word} -d ${quoted(description)}`,
      ),
      ...options.map(
        ({ word, description, takesValue, choices }) =>
          `complete -c moltbot ${at(path)} -l ${word.slice(2)} -d ${quoted(description)}${
            takesValue ? ' -r' : ''
          }${choices.length > 0 ? ` -f -a ${quoted(choices.join(' '))}` : takesValue ? ' -F' : ''}`,
      ),
    ]),
  ]
}
