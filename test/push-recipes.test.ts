/**
 * The recipes of the manual's page about pushes: what each tool really sends, given to the real API. The command lines of the
 * page itself are run where they are shell.
 */

import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { until } from './support/process.ts'
import { openPrograms, type ProgramsStage } from './support/programs-stage.ts'

let stage: ProgramsStage
let token: string
beforeAll(async () => {
  stage = await openPrograms()
  token = await stage.token('--push', '--target', 'ops')
})
beforeEach(() => stage.ownerWrites())
afterAll(() => stage.close())

const sentText = (words: string) =>
  until(async () => (await stage.replies()).find((reply) => reply.includes(words)))

/** As Alertmanager 0.28 sends it, with `send_resolved`. */
const alert = (status: 'firing' | 'resolved', instance: string, summary: string) => ({
  status,
  labels: { alertname: 'HostDown', instance, job: 'node', severity: 'critical' },
  annotations: { summary, description: `${instance} of job node has been down for more than 5 minutes.` },
  startsAt: '2026-11-28T20:31:05.123Z',
  endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2026-11-28T20:40:05.123Z',
  generatorURL: 'http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1',
  fingerprint: '5b3a6f0c8c1c8a34',
})
const alertmanager = (status: 'firing' | 'resolved', alerts: readonly object[], truncatedAlerts = 0) => ({
  receiver: 'wechat',
  status,
  alerts,
  groupLabels: { alertname: 'HostDown' },
  commonLabels: { alertname: 'HostDown', job: 'node', severity: 'critical' },
  commonAnnotations: {},
  externalURL: 'http://alertmanager:9093',
  version: '4',
  groupKey: '{}:{alertname="HostDown"}',
  truncatedAlerts,
})
const userAgent = { 'user-agent': 'Alertmanager/0.28.1' }

describe('Alertmanager', () => {
  const path = '/api/push?target=ops&format=alertmanager'

  it('becomes one text for all alerts of a group', async () => {
    const alerts = [
      alert('firing', 'web1:9100', 'web1 is down'),
      alert('resolved', 'db1:9100', 'The database is down'),
    ]
    const { status } = await stage.post(token, alertmanager('firing', alerts), path, userAgent)
    expect(status).toBe(200)
    expect(await sentText('HostDown')).toBe(
      '[FIRING:1] HostDown\n- web1:9100: web1 is down\n- (resolved) db1:9100: The database is down',
    )
  })

  it('says when all is well again', async () => {
    await stage.post(
      token,
      alertmanager('resolved', [alert('resolved', 'web2:9100', 'web2 is down')]),
      path,
      userAgent,
    )
    expect(await sentText('RESOLVED')).toBe('[RESOLVED:1] HostDown\n- web2:9100: web2 is down')
  })

  it('with a thousand alerts is a short text that counts the rest', async () => {
    const alerts = Array.from({ length: 1_000 }, (_, i) => alert('firing', `node${i}:9100`, 'down'))
    const { status, body } = await stage.post(token, alertmanager('firing', alerts, 7), path, userAgent)
    expect({ status, chunks: body.chunks }).toEqual({ status: 200, chunks: 1 })
    expect(await sentText('FIRING:1000')).toContain('\n… +997')
  })

  it('gets an answer that it does not try again for what it does not send', async () => {
    expect((await stage.post(token, { text: 'x' }, path)).status).toBe(400)
    expect((await stage.post(token, { ...alertmanager('firing', []) }, path)).status).toBe(400)
  })
})

describe('Uptime Kuma', () => {
  const path = '/api/push?target=ops&format=uptime-kuma'

  it('becomes the text of its own message', async () => {
    const down = {
      heartbeat: {
        monitorID: 1,
        status: 0,
        time: '2026-11-28 20:31:05.123',
        msg: 'connect ECONNREFUSED 10.0.0.7:443',
        important: true,
        duration: 61,
        retries: 1,
        timezone: 'Asia/Shanghai',
        timezoneOffset: '+08:00',
        localDateTime: '2026-11-29 04:31:05',
      },
      monitor: {
        id: 1,
        name: 'Shop',
        url: 'https://shop.example.com',
        type: 'http',
        interval: 60,
        active: true,
      },
      msg: '[Shop] [🔴 Down] connect ECONNREFUSED 10.0.0.7:443',
    }
    expect((await stage.post(token, down, path)).status).toBe(200)
    expect(await sentText('Shop')).toBe(down.msg)
  })

  it('can be tested with its button', async () => {
    const test = { heartbeat: null, monitor: null, msg: 'My Notification Testing' }
    expect((await stage.post(token, test, path)).status).toBe(200)
  })
})

describe('Home Assistant', () => {
  it('sends the fields of notify.rest with POST_JSON', async () => {
    const sent = { message: undefined, text: 'The washing machine is done', title: 'Laundry', target: 'ops' }
    expect((await stage.post(token, sent)).status).toBe(200)
    expect(await sentText('washing')).toBe('Laundry\nThe washing machine is done')
  })
})

describe.each(['push.md', 'push.zh-CN.md'])('the recipes of %s', (page) => {
  const manual = readFileSync(join(import.meta.dirname, '..', 'docs', page), 'utf8')
  const shell = [...manual.matchAll(/```bash\n# ((?:curl|cron)[^\n]*)\n([\s\S]*?)```/g)]
  const steps = [...manual.matchAll(/- name: ([^\n]*)\n(?: {2}[^\n]*\n)*? {2}run: \|\n((?: {4}[^\n]*\n)+)/g)]
  const scripts = [...shell, ...steps].map(([, name = '', script = '']) => [name, script] as const)

  it('are all there', () => {
    expect(scripts.map(([name]) => name.split(':')[0])).toEqual([
      'curl',
      'curl',
      'curl',
      'cron',
      'Tell WeChat',
    ])
    expect(manual).toContain('/api/push?target=ops&format=alertmanager')
    expect(manual).toContain('/api/push?target=ops&format=uptime-kuma')
  })

  it.each(scripts)('send: %s', async (_name, script) => {
    const { folder, stateDir } = stage.home
    const bin = join(import.meta.dirname, '..', 'packages', 'gateway', 'bin', 'moltbot.js')
    writeFileSync(join(folder, 'moltbot'), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`, {
      mode: 0o755,
    })
    const env = {
      ...process.env,
      PATH: `${folder}:${process.env.PATH}`,
      MOLTBOT_URL: stage.url(),
      MOLTBOT_TOKEN: token,
      MOLTBOT_STATE_DIR: stateDir,
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'me/shop',
      GITHUB_RUN_ID: page,
      GITHUB_RUN_ATTEMPT: '1',
    }
    const own = script.replaceAll('backup-2026-11-28', page)
    const child = spawn('bash', ['-euo', 'pipefail', '-c', own], { env, cwd: folder })
    expect(await text(child.stdout)).toMatch(/"state": ?"sent"/)
  })
})
