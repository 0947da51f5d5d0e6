/**
 * Where the state is, and its move from files into PostgreSQL or back.
 */

/** What comes as finished English, too. */
export const movingErrors = {
  'the state of {folder} was moved to {place}: set state.url or MOLTBOT_STATE_URL; or go on with this older copy: moltbot state migrate --undo':
    '{folder} 里的状态已迁移到 {place}：请设置 state.url 或 MOLTBOT_STATE_URL；或者继续使用这份旧副本：moltbot state migrate --undo',
  'the state in {folder} is not whole: finish its move from {place}: moltbot state migrate --to sqlite':
    '{folder} 里的状态不完整：请完成从 {place} 的迁移：moltbot state migrate --to sqlite',
  'the state of this database was moved to {place}: remove state.url and MOLTBOT_STATE_URL; or go on with this older copy: moltbot state migrate --undo':
    '这个数据库里的状态已迁移到 {place}：请去掉 state.url 和 MOLTBOT_STATE_URL；或者继续使用这份旧副本：moltbot state migrate --undo',
  'the state in this database is not whole: finish its move from {place}: moltbot state migrate --to postgres':
    '这个数据库里的状态不完整：请完成从 {place} 的迁移：moltbot state migrate --to postgres',
  'state.filesDir: {folder} is not there, or cannot be written; is it mounted?':
    'state.filesDir：{folder} 不存在或无法写入；是否已挂载？',
  'files that wait to be sent are in state.filesDir, and would not move; let them be sent, take the key out of the configuration, and try again':
    '待发的文件在 state.filesDir 里，不会随状态迁移；请等它们发完，从配置里去掉这一项，然后重试',
  '{file} cannot be read, so it is not known whether the state was moved; delete it if it was not':
    '无法读取 {file}，因此不知道状态是否已迁移；如果没有迁移过，请删除它',
  '{file} was written by another version of moltbot; start a gateway of this version on it first':
    '{file} 是由另一版本的 moltbot 写的；请先用当前版本的网关启动一次',
  'the database is in use by a gateway, or by another move of the state; try again':
    '数据库正被网关或另一次状态迁移使用；请重试',
  'gateway {name} uses the database; stop it first: moltbot gateway stop (one that was killed counts as gone {seconds} s later)':
    '网关 {name} 正在使用数据库；请先停止它：moltbot gateway stop（被强行终止的网关要再过 {seconds} 秒才算离开）',
  'the state in {place} is not whole: finish its move from {other}':
    '{place} 里的状态不完整：请先完成从 {other} 的迁移',
  'the state of {place} was moved to {other} before': '{place} 里的状态此前已迁移到 {other}',
  'there is another state in {place}; nothing was changed. Choose an empty place':
    '{place} 里已有另一份状态；什么都没有改动。请选一个空的位置',
  'there is no state in {place}': '{place} 里没有状态',
  'the state of {folder} was not moved to this database, nor back, so there is nothing to undo':
    '{folder} 里的状态没有迁移到这个数据库，也没有迁回，因此没有什么可撤销',
  'the state of this database is being moved; start the gateway afterwards':
    '这个数据库里的状态正在迁移；请在迁移结束后再启动网关',
  'the database has tables of another program ({table}); make one for moltbot alone, with createdb':
    '数据库里有其他程序的表（{table}）；请用 createdb 为 moltbot 单独建一个',
  'what was copied is not what was there ({what}); the state stays where it is':
    '复制的内容与原来的不一致（{what}）；状态仍在原处',
  'the URL of the database cannot be read': '无法解析数据库的 URL',
  'error: say where to: --to postgres, --to sqlite, or a URL that begins with postgres://; or --undo':
    '错误：请说明迁移到哪里：--to postgres、--to sqlite，或以 postgres:// 开头的 URL；或者 --undo',
  'error: there is no URL of a database that begins with postgres://; set MOLTBOT_STATE_URL or state.url, or name a file with --url-file':
    '错误：没有以 postgres:// 开头的数据库 URL；请设置 MOLTBOT_STATE_URL 或 state.url，或用 --url-file 指定文件',
  'the state is in PostgreSQL, and this command restores files only. Stop the gateways, then: pg_restore --clean --if-exists --dbname="$MOLTBOT_STATE_URL" moltbot.dump':
    '状态在 PostgreSQL 里，而这个命令只恢复文件。请先停止所有网关，然后：pg_restore --clean --if-exists --dbname="$MOLTBOT_STATE_URL" moltbot.dump',
  'the state is in PostgreSQL, and an import goes into files only. Import without state.url and MOLTBOT_STATE_URL into an empty state directory (MOLTBOT_STATE_DIR), then: moltbot state migrate --to postgres':
    '状态在 PostgreSQL 里，而导入只能写入文件。请去掉 state.url 和 MOLTBOT_STATE_URL，导入到一个空的状态目录（MOLTBOT_STATE_DIR），然后：moltbot state migrate --to postgres',
} as const

/** What only the command prints. */
export const moving = {
  'move everything that is stored into PostgreSQL, or back into files':
    '把保存的一切迁移到 PostgreSQL，或迁回文件',
  '"postgres", a URL that begins with "postgres://", or "sqlite"':
    '"postgres"、以 "postgres://" 开头的 URL，或 "sqlite"',
  'file with the URL of the database (else MOLTBOT_STATE_URL, else state.url)':
    '写有数据库 URL 的文件（否则用 MOLTBOT_STATE_URL，再否则用 state.url）',
  'use the older copy again that the last move has left; what came since is lost':
    '重新使用上次迁移留下的旧副本；此后的内容会丢失',
  'with --undo: the database is lost, so go on with the files whatever is there':
    '与 --undo 同用：数据库已丢失，不管那里有什么，都改用文件继续',
  'The state in {place} may be used again, as it was when it was moved.':
    '{place} 里的状态可以重新使用，内容是迁移那一刻的。',
  'The state was moved there before; nothing was changed.': '状态此前已迁移到那里；什么都没有改动。',
  'A gateway uses the state: what is there is copied meanwhile.': '有网关正在使用状态：先复制已有的内容。',
  'No gateway uses the state: the rest is copied.': '没有网关在使用状态：复制其余内容。',
  'Every row of both is compared.': '逐行比较两边。',
  '{table}: {rows} rows': '{table}：{rows} 行',
  '{rows} rows of {tables} tables are the same in {from} and in {to}.':
    '{tables} 张表共 {rows} 行，在 {from} 和 {to} 中完全相同。',
  'Set MOLTBOT_STATE_URL or state.url to the database, then start the gateway.':
    '请把 MOLTBOT_STATE_URL 或 state.url 设为这个数据库，然后启动网关。',
  'Remove state.url and MOLTBOT_STATE_URL, then start the gateway.':
    '请去掉 state.url 和 MOLTBOT_STATE_URL，然后启动网关。',
  'The state in {from} stays as a copy that no gateway uses; delete it when all is well.':
    '{from} 里的状态留作副本，不会有网关使用；一切正常后可以删除。',
} as const
