/** `npm run bench [-- options] [row …]`: sets up what is missing, then measures. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildIfStale, checkTools, installIfNeeded, root } from './setup.mjs'

checkTools()
installIfNeeded()
buildIfStale()
const { build } = await import('esbuild') // not there before the install
const outfile = join(root, 'bench', 'out', 'bench.mjs')
await build({
  absWorkingDir: root,
  entryPoints: ['bench/main.ts'],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  outfile,
  logLevel: 'warning',
})
const { status } = spawnSync(process.execPath, ['--enable-source-maps', outfile, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
