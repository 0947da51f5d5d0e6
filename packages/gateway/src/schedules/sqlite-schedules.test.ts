import { join } from 'node:path'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { scheduleStoreContract } from '../../test/schedule-store-contract.ts'
import { scratch } from '../../test/scratch.ts'
import { gatewayMigrations } from '../gateway-database.ts'
import { createScheduleStore } from './sqlite-schedules.ts'

scheduleStoreContract('SQLite', async () => {
  const file = join(scratch(), 'gateway.sqlite')
  const { db } = openDatabase(file, gatewayMigrations)
  return {
    open: async () => createScheduleStore(db),
    close: () => db.close(),
  }
})
