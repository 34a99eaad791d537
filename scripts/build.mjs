/**
 * src/ -> dist/: one file for the server, one for the launcher, one for each command, and the client
 * library. What every start needs is bundled, which halves the time to listening and spares a fifth of
 * the memory; what is native or loaded on demand stays a package.
 */
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root, version } from './setup.mjs'

const ON_DEMAND = ['pg', 'ioredis', 'prom-client', '@fastify/swagger', '@fastify/swagger-ui']
const NATIVE = ['@photostructure/sqlite', 'pino', 'tiny-secp256k1']

/** Packages written for `require` find it here. */
const REQUIRE = [
  `import { createRequire as sluiceCreateRequire } from 'node:module'`,
  `import { dirname as sluiceDirname } from 'node:path'`,
  `import { fileURLToPath as sluiceFileURLToPath } from 'node:url'`,
  `const require = sluiceCreateRequire(import.meta.url)`,
  `const __filename = sluiceFileURLToPath(import.meta.url)`,
  `const __dirname = sluiceDirname(__filename)`,
].join('\n')

const COMMON = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  minifySyntax: true,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  define: { 'process.env.SLUICE_VERSION': JSON.stringify(version()) },
}
const FOR_NODE = { ...COMMON, platform: 'node', target: 'node20' }
/** Node keeps the text in memory, two bytes a character if only one comment has more than Latin-1. */
const SHORT = { minifyWhitespace: true, lineLimit: 120, legalComments: 'linked' }
const FOR_SERVERS = { ...FOR_NODE, ...SHORT, external: [...ON_DEMAND, ...NATIVE], banner: { js: REQUIRE } }

rmSync(join(root, 'dist', 'chunks'), { recursive: true, force: true })
await Promise.all([
  build({
    ...FOR_SERVERS,
    entryPoints: { main: 'src/main.ts', 'launcher-process': 'src/git/launcher/launcher-process.ts' },
  }),
  // the server is in chunks of its own, for the few commands that open a data directory
  build({
    ...FOR_SERVERS,
    entryPoints: { sluice: 'src/cli/sluice.ts' },
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  }),
  build({
    ...FOR_NODE,
    entryPoints: {
      'scan-worker': 'src/scanner/scan-worker.ts',
      'verify-worker': 'src/nostr/verify/verify-worker.ts',
    },
  }),
  // git starts these for every fetch: nothing but what they need
  build({
    ...FOR_NODE,
    entryPoints: {
      'git-credential-sluice': 'src/client/git-credential-sluice.ts',
      'git-remote-sluice': 'src/client/git-remote-sluice.ts',
    },
  }),
  build({ ...FOR_NODE, entryPoints: { 'client/node': 'src/client/node.ts' } }),
  build({
    ...COMMON,
    entryPoints: { 'client/index': 'src/client/index.ts' },
    platform: 'browser',
    target: 'es2022',
  }),
])
for (const command of ['sluice', 'git-credential-sluice', 'git-remote-sluice']) {
  chmodSync(join(root, 'dist', `${command}.js`), 0o755)
}
writeFileSync(join(root, 'dist', '.built'), '')
