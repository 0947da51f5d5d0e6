// One listener on loopback: the bot API, the CDN and the control API.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { controlApi } from './control/app.ts'
import { keepAliveMs, requestTimeoutMs } from './limits.ts'
import { defaultSettings, type Settings, type SettingsPatch, withPatch } from './settings.ts'
import { endWorld, newWorld, type World } from './state/world.ts'
import { serveCdn } from './wire/cdn.ts'
import { sendText } from './wire/http.ts'
import { serveBotApi } from './wire/listener.ts'

export type SimulatorOptions = SettingsPatch & {
  /** Defaults to 127.0.0.1. */
  host?: string | undefined
  /** Defaults to 0: any free port. */
  port?: number | undefined
}

export type Simulator = {
  /** Base of the bot API, without a trailing slash: what a client takes as its `baseUrl`. */
  url: string
  /** Base of the CDN. */
  cdnUrl: string
  /** Origin of the control API; its paths begin with `/control/`. */
  controlUrl: string
  /** Ends at once; connections are cut, held polls too. */
  close(): Promise<void>
}

/** Starts a simulator with an empty world. Rejects when the port is taken or a setting does not fit. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = '127.0.0.1', port = 0, ...patch } = options
  const settings = withPatch(defaultSettings, patch)
  const server = createServer({ requestTimeout: requestTimeoutMs, keepAliveTimeout: keepAliveMs })
  await listen(server, host, port)
  const origin = originOf(server)
  const stage = newStage(settings, origin)
  server.on('request', listener(stage, origin))
  return {
    url: origin,
    cdnUrl: stage.world().cdnUrl,
    controlUrl: origin,
    close: () => close(server),
  }
}

function newStage(settings: Settings, origin: string) {
  let world = newWorld(settings, origin)
  return {
    world: (): World => world,
    reset: (): void => {
      endWorld(world)
      world = newWorld(settings, origin)
    },
  }
}

function listener(stage: ReturnType<typeof newStage>, origin: string) {
  const control = controlApi(stage)
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const url = new URL(`${origin}${request.url}`)
      const exchange = { world: stage.world(), request, response, url }
      if (url.pathname.startsWith('/ilink/')) await serveBotApi(exchange)
      else if (url.pathname.startsWith('/c2c/')) await serveCdn(exchange)
      else await control(exchange)
    } catch (error) {
      fail(request, response, error)
    }
  }
}

/** A client that breaks off is its own affair; anything else is a bug here and must be seen. */
function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (request.errored || response.destroyed) return
  console.error(error)
  if (response.headersSent) response.destroy()
  else sendText(response, 500, 'the simulator failed')
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function originOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the simulator listens on no port')
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}
