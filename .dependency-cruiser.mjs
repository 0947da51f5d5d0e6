/**
 * The import rules of the house. Dependencies point one way:
 * channel-sdk <- extensions/wechat, channel-sdk <- gateway; the puppet, its contract and the simulator know none of them.
 */
const tests = '\\.test\\.ts$|/test/|/testing/'
/** The rooms of a package from the ground up: each may know those before it, and no other. */
const rooms = (root, names) =>
  names.map((name, index) => ({
    name: `${name}-knows-only-rooms-below`,
    comment: 'A room knows only the rooms before it in the list.',
    severity: 'error',
    from: { path: `^${root}/${name}/`, pathNot: tests },
    to: { path: `^${root}/`, pathNot: `^${root}/(?:${names.slice(0, index + 1).join('|')})/` },
  }))
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

export default {
  forbidden: [
    forbid('no-cycles', 'A cycle hides which room knows which.', {}, { circular: true }),
    forbid(
      'sdk-stands-alone',
      'The contract between host and channel has no dependencies.',
      { path: '^packages/channel-sdk/src', pathNot: tests },
      { pathNot: '^packages/channel-sdk/src|^node:', dependencyTypesNot: ['core'] },
    ),
    forbid(
      'hosts-never-name-the-channel',
      'The gateway finds the extension by its manifest.',
      { path: '^packages/gateway/src', pathNot: tests },
      { path: '^extensions/|^packages/puppet-' },
    ),
    forbid(
      'wechaty-packages-know-no-host',
      'Puppet, contract and simulator are useful without this gateway.',
      { path: '^packages/(puppet-ilink|puppet-contract|ilink-simulator)/src' },
      { path: '^packages/(channel-sdk|gateway)|^extensions/' },
    ),
    forbid(
      'channel-knows-only-the-sdk',
      'The extension lives in any host.',
      { path: '^extensions/wechat/src', pathNot: tests },
      { path: '^packages/(?!channel-sdk)' },
    ),
    forbid(
      'wechaty-stays-in-its-rooms',
      'No Wechaty type leaves wechaty/ and puppets/.',
      { path: '^extensions/wechat/src', pathNot: `^extensions/wechat/src/(wechaty|puppets)/|${tests}` },
      { path: 'node_modules/(wechaty|file-box|memory-card)' },
    ),
    forbid(
      'openclaw-stays-in-its-door',
      'Only the OpenClaw entry imports the OpenClaw SDK.',
      { path: '^extensions/wechat/src', pathNot: '^extensions/wechat/src/openclaw/' },
      { path: 'node_modules/openclaw|openclaw-stub' },
    ),
    forbid(
      'sql-stays-in-the-store',
      'Only the store speaks SQL.',
      { path: '^extensions/wechat/src', pathNot: `^extensions/wechat/src/store/|${tests}` },
      { path: '^(node:)?sqlite$|channel-sdk/src/sqlite' },
    ),
    forbid(
      'policy-is-pure',
      'Decisions are functions over plain data.',
      { path: '^extensions/wechat/src/policy/', pathNot: tests },
      { pathNot: '^extensions/wechat/src/(policy|config|model)/' },
    ),
    ...rooms('extensions/wechat/src', [
      'model',
      'files',
      'config',
      'policy',
      'store',
      'webhooks',
      'puppets',
      'imports',
      'warnings',
      'checks',
      'wechaty',
      'outbound',
      'inbound',
      'turns',
    ]),
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    enhancedResolveOptions: { conditionNames: ['@moltbot/source', 'import', 'node', 'default', 'types'] },
  },
}
