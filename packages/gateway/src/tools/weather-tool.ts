/**
 * `weather`: the weather of a place, from Open-Meteo's public API, which asks for no key
 * (open-meteo.com/en/docs, open-meteo.com/en/docs/geocoding-api).
 */

import { fetchText, type UrlGuardOptions } from '@moltbot/channel-sdk/url-guard'
import { z } from 'zod'
import { type AgentTool, defineTool } from './tool.ts'

export interface WeatherOptions {
  /** Where places are looked up. */
  readonly geocodingUrl?: string
  readonly forecastUrl?: string
  /** Defaults to that of the URL guard. */
  readonly isAllowed?: NonNullable<UrlGuardOptions['isAllowed']>
  readonly proxyFor?: UrlGuardOptions['proxyFor']
}

const requestTimeoutMs = 10_000
const maxBytes = 256 * 1024

const input = z.strictObject({
  place: z
    .string()
    .min(1)
    .max(100)
    .describe('A town or region, in any language, such as "Hangzhou" or "杭州".'),
  days: z.int().min(1).max(7).optional().describe('Days of forecast, today included. Left out: 3.'),
})

export function weatherTool(options: WeatherOptions = {}): AgentTool {
  return defineTool({
    name: 'weather',
    description: 'The current weather and the forecast for up to 7 days, of a place.',
    input,
    timeoutMs: 2 * requestTimeoutMs,
    run: async ({ place, days = 3 }, { signal }) => {
      const found = await findPlace(place, signal, options)
      if (found === undefined) throw new Error(`there is no place called ${JSON.stringify(place)}`)
      return report(found, await forecast(found, days, signal, options))
    },
  })
}

const placesSchema = z.object({
  results: z
    .array(
      z.object({
        name: z.string(),
        admin1: z.string().optional(),
        country: z.string().optional(),
        latitude: z.number(),
        longitude: z.number(),
      }),
    )
    .default([]),
})
type Place = z.output<typeof placesSchema>['results'][number]

async function findPlace(
  name: string,
  signal: AbortSignal,
  { geocodingUrl = 'https://geocoding-api.open-meteo.com/v1/search', ...options }: WeatherOptions,
): Promise<Place | undefined> {
  const language = /\p{Script=Han}/u.test(name) ? 'zh' : 'en'
  const query = { name, count: '1', language, format: 'json' }
  return (await ask(geocodingUrl, query, placesSchema, signal, options)).results[0]
}

const forecastSchema = z.object({
  timezone: z.string(),
  current: z.object({
    time: z.string(),
    temperature_2m: z.number(),
    apparent_temperature: z.number(),
    relative_humidity_2m: z.number(),
    weather_code: z.number(),
    wind_speed_10m: z.number(),
  }),
  daily: z.object({
    time: z.array(z.string()),
    weather_code: z.array(z.number().nullable()),
    temperature_2m_max: z.array(z.number().nullable()),
    temperature_2m_min: z.array(z.number().nullable()),
    precipitation_probability_max: z.array(z.number().nullable()),
  }),
})
type Forecast = z.output<typeof forecastSchema>

function forecast(
  { latitude, longitude }: Place,
  days: number,
  signal: AbortSignal,
  { forecastUrl = 'https://api.open-meteo.com/v1/forecast', ...options }: WeatherOptions,
): Promise<Forecast> {
  const { time: _, ...current } = forecastSchema.shape.current.shape
  const { time: __, ...daily } = forecastSchema.shape.daily.shape
  const query = {
    latitude: String(latitude),
    longitude: String(longitude),
    current: Object.keys(current).join(),
    daily: Object.keys(daily).join(),
    timezone: 'auto',
    forecast_days: String(days),
  }
  return ask(forecastUrl, query, forecastSchema, signal, options)
}

async function ask<Schema extends z.ZodType>(
  endpoint: string,
  query: Record<string, string>,
  schema: Schema,
  signal: AbortSignal,
  { isAllowed, proxyFor }: Pick<WeatherOptions, 'isAllowed' | 'proxyFor'>,
): Promise<z.output<Schema>> {
  const url = new URL(endpoint)
  url.search = new URLSearchParams(query).toString()
  const limits = { maxBytes, timeoutMs: requestTimeoutMs, signal }
  const guard = { ...limits, proxyFor, trustedHost: url.hostname, ...(isAllowed && { isAllowed }) }
  const text = await fetchText(url.href, guard)
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    throw new Error('the weather service gave a malformed answer')
  }
}

function report(place: Place, { timezone, current, daily }: Forecast): string {
  const where = [place.name, place.admin1, place.country].filter((part) => part !== undefined).join(', ')
  const now = [
    skyOf(current.weather_code),
    `${current.temperature_2m} °C (feels like ${current.apparent_temperature} °C)`,
    `humidity ${current.relative_humidity_2m} %`,
    `wind ${current.wind_speed_10m} km/h`,
  ]
  const days = daily.time.map((day, index) => {
    const low = daily.temperature_2m_min[index] ?? '?'
    const high = daily.temperature_2m_max[index] ?? '?'
    const rain = daily.precipitation_probability_max[index] ?? '?'
    return `${day}: ${skyOf(daily.weather_code[index])}, ${low} to ${high} °C, chance of rain ${rain} %`
  })
  return [`${where}, ${current.time} (${timezone}): ${now.join(', ')}`, ...days].join('\n')
}

/** WMO weather interpretation codes, as Open-Meteo lists them. */
const skies: ReadonlyMap<number, string> = new Map([
  [0, 'clear sky'],
  [1, 'mainly clear'],
  [2, 'partly cloudy'],
  [3, 'overcast'],
  [45, 'fog'],
  [48, 'rime fog'],
  [51, 'light drizzle'],
  [53, 'drizzle'],
  [55, 'heavy drizzle'],
  [56, 'light freezing drizzle'],
  [57, 'freezing drizzle'],
  [61, 'light rain'],
  [63, 'rain'],
  [65, 'heavy rain'],
  [66, 'light freezing rain'],
  [67, 'freezing rain'],
  [71, 'light snow'],
  [73, 'snow'],
  [75, 'heavy snow'],
  [77, 'snow grains'],
  [80, 'light showers'],
  [81, 'showers'],
  [82, 'violent showers'],
  [85, 'light snow showers'],
  [86, 'snow showers'],
  [95, 'thunderstorm'],
  [96, 'thunderstorm with light hail'],
  [99, 'thunderstorm with hail'],
])

function skyOf(code: number | null | undefined): string {
  return skies.get(code ?? -1) ?? 'unknown weather'
}
