/**
 * SQLite as hosts and channels use it: opened alike, flushed alike.
 */
export {
  Database,
  type Durability,
  type Flush,
  type Flushes,
  type Reader,
  type Row,
  type Writer,
} from './database.ts'
export { type FoundDamage, logDamage } from './found-damage.ts'
export { checkDatabase, type OpenedDatabase, type OpenOptions, openDatabase } from './open.ts'
