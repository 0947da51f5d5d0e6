/**
 * The browser of a puppet that drives one. Found before the puppet runs: puppeteer's own message helps only people who
 * installed puppeteer.
 */

import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { MoltbotError } from '@moltbot/channel-sdk'
import { findPackage } from './packages.ts'

type Options = Readonly<Record<string, unknown>>
/** The part of the process that matters here. */
type Machine = Readonly<Pick<NodeJS.Process, 'env' | 'platform'>>

/** Variables in which people name the path of a browser for other programs. */
const variables = ['PUPPETEER_EXECUTABLE_PATH', 'CHROME_PATH', 'CHROME_BIN']
/** Names of programs on the PATH. */
const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const macPaths = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/**
 * The puppet's options with an `endpoint`: the one they name, else the first that is found on this machine. They stay as
 * they are where they name a browser in puppeteer's own way, or where puppeteer has downloaded one.
 * @param puppetFolder folder of the puppet's package
 * @throws `chromium-missing`
 */
export function withChromium(
  puppet: string,
  options: Options,
  puppetFolder: string,
  machine: Machine,
): Options {
  const { endpoint, launchOptions } = options
  if (endpoint !== undefined) {
    const found = typeof endpoint === 'string' ? findProgram(endpoint, machine) : undefined
    if (found !== undefined) return { ...options, endpoint: found }
    throw missing(`puppetOptions.endpoint is ${JSON.stringify(endpoint)}, and there is no such program`)
  }
  const { executablePath, channel }: Options = { ...Object(launchOptions) }
  if (executablePath !== undefined || channel !== undefined) return options
  const found = findChromium(machine)
  if (found !== undefined) return { ...options, endpoint: found }
  if (hasDownload(puppetFolder)) return options
  throw missing(`puppet "${puppet}" needs Chromium, and there is none on this machine`)
}

/** The absolute path of a Chromium or Chrome. */
export function findChromium(machine: Machine): string | undefined {
  const { env, platform } = machine
  const named = variables.map((name) => env[name] ?? '')
  const candidates = [...named, ...names, ...(platform === 'darwin' ? macPaths : [])]
  return candidates.map((candidate) => findProgram(candidate, machine)).find((path) => path !== undefined)
}

function findProgram(program: string, { env }: Machine): string | undefined {
  if (program === '') return undefined
  const folders = (env.PATH ?? '').split(delimiter).filter(isAbsolute)
  const paths = isAbsolute(program) ? [program] : folders.map((folder) => join(folder, program))
  return paths.find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Puppeteer 13 keeps its downloads in this folder. */
function hasDownload(puppetFolder: string): boolean {
  const puppeteer = findPackage('puppeteer', puppetFolder)
  return puppeteer !== undefined && existsSync(join(puppeteer.folder, '.local-chromium'))
}

function missing(what: string): MoltbotError {
  const message = `${what}; install it (Debian: apt-get install chromium), or write the path of a Chromium or Chrome to puppetOptions.endpoint`
  return new MoltbotError('chromium-missing', message)
}
