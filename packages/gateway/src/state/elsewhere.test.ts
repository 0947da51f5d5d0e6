import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { createLog } from '../log/logger.ts'
import { refuseIfInDatabase } from './elsewhere.ts'
import { StateDesk } from './state-desk.ts'
import { markFolder } from './state-mark.ts'

const url = 'postgres://moltbot:secret@db.example/moltbot'
const inDatabase = { code: 'state-in-database' }

function home(files: Readonly<Record<string, string>> = {}, env: NodeJS.ProcessEnv = {}) {
  const folder = scratch()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return { stateDir: join(folder, '.moltbot'), env: { HOME: folder, ...env } }
}

const refused = (place: ReturnType<typeof home>) => refuseIfInDatabase(place, 'backup')

describe('a command that knows files only', () => {
  it('goes on where the state is in files', async () => {
    await refused(home())
    await refused(home({ '.moltbot/config.json5': '{ channels: {} }' }))
  })

  it.each([
    ['the environment', home({}, { MOLTBOT_STATE_URL: url })],
    ['the configuration', home({ '.moltbot/config.json5': `{ state: { url: '${url}' } }` })],
    [
      'a variable that only the gateway knows',
      home({ '.moltbot/config.json5': "{ state: { url: '$" + "{DB}' } }" }),
    ],
    ['.env', home({ '.moltbot/config.json5': '{}', '.moltbot/.env': `MOLTBOT_STATE_URL=${url}` })],
  ])(
    'is refused where the state is in a database by %s, and does not show the password',
    async (_, place) => {
      await expect(refused(place)).rejects.toMatchObject(inDatabase)
      await expect(refused(place)).rejects.not.toThrow('secret')
    },
  )

  it('is refused where the state was moved into a database', async () => {
    const place = home({ '.moltbot/config.json5': '{}' })
    await markFolder(place.stateDir, { id: 'a', phase: 'moved', other: { id: 'b', place: 'PostgreSQL' } })
    await expect(refused(place)).rejects.toMatchObject(inDatabase)
  })

  it('is refused while it is not known, because the configuration cannot be read', async () => {
    await expect(refused(home({ '.moltbot/config.json5': '{ state: ' }))).rejects.toMatchObject({
      code: 'config-invalid',
    })
  })
})

it('the control API makes no backup without the state', async () => {
  const { logger } = createLog({ format: 'json', write: () => undefined })
  const desk = new StateDesk(scratch(), logger, () => true)
  for (const work of [desk.check(), desk.save(), desk.download()])
    await expect(work).rejects.toMatchObject(inDatabase)
})
