import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toolContext } from '../../test/tool-context.ts'
import { weatherTool } from './weather-tool.ts'

const place = { name: 'Hangzhou', admin1: 'Zhejiang', country: 'China', latitude: 30.29, longitude: 120.16 }
const weather = {
  timezone: 'Asia/Shanghai',
  current: {
    time: '2026-01-05T14:00',
    temperature_2m: 8.1,
    apparent_temperature: 6,
    relative_humidity_2m: 70,
    weather_code: 61,
    wind_speed_10m: 11.2,
  },
  daily: {
    time: ['2026-01-05', '2026-01-06'],
    weather_code: [61, null],
    temperature_2m_max: [9, 12.5],
    temperature_2m_min: [4, null],
    precipitation_probability_max: [80, 10],
  },
}

let server: Server
let base: string
let asked: URL[]
let answers: Record<string, unknown>
let respond: RequestListener

beforeEach(async () => {
  asked = []
  answers = { '/search': { results: [place] }, '/forecast': weather }
  respond = ({ url = '' }, response) => response.end(JSON.stringify(answers[new URL(url, base).pathname]))
  server = createServer((request, response) => {
    asked.push(new URL(request.url ?? '', base))
    respond(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterEach(() => server.close().closeAllConnections())

const context = toolContext()
const tool = (isAllowed = (address: string) => address === '127.0.0.1') =>
  weatherTool({ geocodingUrl: `${base}/search`, forecastUrl: `${base}/forecast`, isAllowed })

describe('the weather tool', () => {
  it('tells the weather of a place, now and later', async () => {
    expect(await tool().execute({ place: '杭州', days: 2 }, context)).toBe(
      [
        'Hangzhou, Zhejiang, China, 2026-01-05T14:00 (Asia/Shanghai): light rain, 8.1 °C (feels like 6 °C), humidity 70 %, wind 11.2 km/h',
        '2026-01-05: light rain, 4 to 9 °C, chance of rain 80 %',
        '2026-01-06: unknown weather, ? to 12.5 °C, chance of rain 10 %',
      ].join('\n'),
    )
    const [search, forecast] = asked
    expect(Object.fromEntries(search?.searchParams ?? [])).toMatchObject({ name: '杭州', language: 'zh' })
    expect(Object.fromEntries(forecast?.searchParams ?? [])).toEqual({
      latitude: '30.29',
      longitude: '120.16',
      current: 'temperature_2m,apparent_temperature,relative_humidity_2m,weather_code,wind_speed_10m',
      daily: 'weather_code,temperature_2m_max,temperature_2m_min,precipitation_probability_max',
      timezone: 'auto',
      forecast_days: '2',
    })
  })

  it.each([
    ['there is no such place', () => Object.assign(answers, { '/search': {} }), /no place called "x"/],
    ['the answer is malformed', () => Object.assign(answers, { '/forecast': { current: 1 } }), /malformed/],
    ['the service is down', () => (respond = (_, response) => response.writeHead(503).end()), /HTTP 503/],
    [
      'the answer is huge',
      () => (respond = (_, response) => response.end('x'.repeat(300_000))),
      /larger than/,
    ],
  ])('says so when %s', async (_, arrange, expected) => {
    arrange()
    await expect(tool().execute({ place: 'x' }, context)).rejects.toThrow(expected)
  })

  it('goes to the public internet only', async () => {
    const inside = weatherTool({ geocodingUrl: `${base}/search` })
    await expect(inside.execute({ place: 'x' }, context)).rejects.toThrow(/public internet/)
    expect(asked).toEqual([])
  })

  it('does not let a place name change what is asked', async () => {
    await tool().execute({ place: 'x&name=y#/../forecast?z' }, context)
    expect(asked[0]?.pathname).toBe('/search')
    expect(asked[0]?.searchParams.getAll('name')).toEqual(['x&name=y#/../forecast?z'])
  })
})
