/**
 * The thread of `checkDatabase`: reads one file as a whole and says what is damaged, or `ok`.
 */

import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

const db = new DatabaseSync(String(workerData), { readOnly: true })
const found = db.prepare('PRAGMA quick_check(1)').get()?.quick_check
db.close()
parentPort?.postMessage(String(found))
