/** The import rules of docs/ARCHITECTURE.md: imports point down only; rooms never import rooms. */
const layer = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^src/', pathNot: allowed },
})

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^src/',
        pathNot:
          '(main|launcher-process|scan-worker|verify-worker|src/client/(index|git-[a-z]+-sluice)|src/cli/sluice)\\.ts$|\\.d\\.ts$|\\.test\\.ts$',
      },
      to: {},
    },
    layer('kernel-imports-nothing-above', '^src/kernel/', ['^src/kernel/']),
    {
      name: 'kernel-is-pure',
      severity: 'error',
      from: { path: '^src/kernel/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm', 'core'], pathNot: '^(node:)?(stream|crypto|zlib)$|node_modules/zod/' },
    },
    layer('config-imports-down', '^src/config/', ['^src/(config|nostr|kernel)/']),
    layer('git-imports-kernel-only', '^src/git/', ['^src/(git|kernel)/']),
    layer('store-imports-down', '^src/store/', ['^src/(store|nostr|kernel)/']),
    layer('http-imports-kernel-only', '^src/http/', ['^src/(http|kernel)/']),
    layer('scanner-imports-kernel-only', '^src/scanner/', ['^src/(scanner|kernel)/']),
    layer('nostr-imports-kernel-only', '^src/nostr/', ['^src/(nostr|kernel)/']),
    layer('rooms-import-down', '^src/rooms/', ['^src/(rooms|http|git|store|scanner|nostr|kernel)/']),
    {
      name: 'rooms-never-import-rooms',
      severity: 'error',
      from: { path: '^src/rooms/([^/]+)/' },
      to: { path: '^src/rooms/([^/]+)/', pathNot: '^src/rooms/$1/' },
    },
    layer('client-knows-no-server', '^src/client/', [
      '^src/client/',
      '^src/kernel/(ids|errors|opaque-token)\\.ts$',
    ]),
    layer('cli-goes-through-client-or-compose', '^src/cli/', [
      '^src/(cli|client|config|kernel|compose|scanner)/',
      '^src/compose\\.ts$',
    ]),
    layer('main-imports-compose', '^src/main\\.ts$', [
      '^src/(compose|compose/programs|failed-start|welcome)\\.ts$',
      '^src/(config|kernel)/',
    ]),
    {
      name: 'only-compose-knows-rooms',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(compose\\.ts|compose/|rooms/)' },
      to: { path: '^src/rooms/' },
    },
    {
      name: 'one-starter-of-processes',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot:
          '^src/git/launcher/|^src/cli/start-git\\.ts$|^src/client/remote-helper/send-pack\\.ts$|\\.test\\.ts$',
      },
      to: { path: '^(node:)?child_process$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  },
}
