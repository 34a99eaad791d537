/**
 * `npm run bench`, `npm run bench:load`: sets up what is missing, then runs the program of bench/ that is
 * named first with the arguments that follow.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildIfStale, checkTools, installIfNeeded, root } from './setup.mjs'

checkTools()
installIfNeeded()
buildIfStale()
const { build } = await import('esbuild') // not there before the install
const [program, ...args] = process.argv.slice(2)
const outfile = join(root, 'bench', 'out', `${program.replace('/', '-')}.mjs`)
await build({
  absWorkingDir: root,
  entryPoints: [`bench/${program}.ts`],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  outfile,
  logLevel: 'warning',
})
const { status } = spawnSync(process.execPath, ['--enable-source-maps', outfile, ...args], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
