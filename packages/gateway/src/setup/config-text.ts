/**
 * The configuration that `setup` writes: short, with a comment for each choice in the language of its reader.
 */

import { wrapped } from '../fold.ts'
import type { Speech } from '../language/speech.ts'
import { printable } from '../printable.ts'
import type { NamedAccount, SetupAnswers } from './answers.ts'

/** Columns of a comment: with its indent it fits a terminal. */
const lineWidth = 70

type Say = Pick<Speech, 'say'>

/** Written by hand rather than printed from an object, because the comments are what a reader needs. */
export function configText(answers: SetupAnswers, { say }: Say): string {
  const { channel } = answers
  return [
    ...comment(
      say('Written by moltbot setup. Every key is explained in config.example.json5: moltbot config init'),
    ),
    ...comment(say('Check it with: moltbot config validate')),
    '{',
    ...indented(1, modelLines(answers, { say })),
    '',
    '  channels: {',
    `    ${key(channel)}: {`,
    ...indented(3, [
      ...backendLines(answers, { say }),
      ...accountLines(answers.accounts, { say }),
      ...peopleLines(answers, { say }),
    ]),
    '    },',
    '  },',
    '}',
    '',
  ].join('\n')
}

function modelLines({ model }: SetupAnswers, { say }: Say): string[] {
  const chosen = comment(say('The model that answers, as "provider/model".'))
  if (model === undefined)
    return [...chosen, `// agents: { defaults: { model: { primary: "deepseek/deepseek-chat" } } },`]
  const agents = [...chosen, `agents: { defaults: { model: { primary: ${quoted(model.primary)} } } },`]
  if (model.provider === undefined) return agents
  const { id, baseUrl, api, variable } = model.provider
  return [
    ...agents,
    'models: {',
    '  providers: {',
    `    ${key(id)}: {`,
    `      baseUrl: ${quoted(baseUrl)},`,
    ...(variable === undefined
      ? []
      : [
          ...comment(say('The key is read from the environment, else from the file .env in this folder.'), 3),
          `      apiKey: ${variableText(variable)},`,
        ]),
    `      api: ${quoted(api)},`,
    '    },',
    '  },',
    '},',
  ]
}

function backendLines({ backend, hosted }: SetupAnswers, { say }: Say): string[] {
  return [
    ...comment(say('How WeChat is reached; the others: moltbot puppets list')),
    `puppet: ${quoted(backend)},`,
    ...(hosted === undefined
      ? []
      : [
          'puppetOptions: {',
          `  token: ${variableText(hosted.variable)},`,
          ...(hosted.endpoint === undefined ? [] : [`  endpoint: ${quoted(hosted.endpoint)},`]),
          '},',
        ]),
  ]
}

function accountLines(accounts: readonly NamedAccount[], { say }: Say): string[] {
  return [
    ...comment(
      say('One WeChat identity each, which logs in by itself: moltbot channels login --account {id}', {
        id: 'ID',
      }),
    ),
    'accounts: {',
    ...accounts.map(
      ({ id, name }) => `  ${key(id)}: {${name === undefined ? '' : ` name: ${quoted(name)} `}},`,
    ),
    '},',
  ]
}

function peopleLines(answers: SetupAnswers, { say }: Say): string[] {
  const { dmPolicy, allowFrom, hasGroups, groups, replyLanguage } = answers
  return [
    ...comment(
      say('Who may write: pairing (new people get a code that you approve), allowlist, open or disabled.'),
    ),
    `dmPolicy: ${quoted(dmPolicy)},`,
    ...(allowFrom.length === 0 ? [] : [`allowFrom: [${allowFrom.map(quoted).join(', ')}],`]),
    ...(hasGroups
      ? [
          ...comment(say('Groups: open (answers where it is mentioned), allowlist or disabled.')),
          `groupPolicy: ${quoted(groups ? 'open' : 'disabled')},`,
        ]
      : []),
    ...comment(say('Language of short notices such as "please wait": auto, zh-CN or en.')),
    `replyLanguage: ${quoted(replyLanguage)},`,
  ]
}

function indented(levels: number, lines: readonly string[]): string[] {
  return lines.map((line) => `${'  '.repeat(levels)}${line}`)
}

/** @param levels of its indent */
function comment(text: string, levels = 0): string[] {
  const indent = '  '.repeat(levels)
  return wrapped(text, '', lineWidth).map((line) => `${indent}// ${line}`)
}

const key = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name))

/** A text whose `${` is no variable, without what steers a terminal. */
const quoted = (text: string) =>
  JSON.stringify(
    printable(text)
      .toWellFormed()
      .replaceAll('${', () => '$${'),
  )

const variableText = (name: string) => JSON.stringify(`\${${name}}`)
